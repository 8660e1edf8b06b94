#pragma once

#include <exception>
#include <string>

namespace iomux::cli {

/// What an exception says, in one printable line for people: without what libraries add (`filesystem error:`, places in
/// their sources), with the file, and with words for exceptions that have none (`std::bad_alloc`).
std::string error_text(const std::exception& error);

}  // namespace iomux::cli
