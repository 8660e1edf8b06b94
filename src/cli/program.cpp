#include "cli/program.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options/parsers.hpp>
#include <boost/version.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

#include "posix/error.hpp"

namespace iomux::cli {

namespace po = boost::program_options;

namespace {

// An error's what() puts what was said in the place of such a word, and again where that holds the word itself: for
// ever (error_with_option_name, Boost 1.81).
void refuse_placeholders(std::string_view said) {
    for (const std::string_view placeholder : {"%canonical_option%", "%original_token%", "%invalid_line%"})
        if (said.find(placeholder) != said.npos)
            throw UsageError(fmt::format("{} cannot be said in an option", placeholder));
}

std::string content_of(const std::string& path) {
    // A directory can be opened, and then reads as an empty file.
    if (std::filesystem::is_directory(path)) posix::throw_errno("cannot read " + path, EISDIR);
    std::ifstream file(path);
    if (!file) posix::throw_errno("cannot read " + path);
    return {std::istreambuf_iterator(file), {}};
}

}  // namespace

int run_program(std::string_view name, const std::function<int()>& body) {
    try {
        return body();
    } catch (const UsageError& error) {
        fmt::print(stderr, "{}: {} (see {} --help)\n", name, error.what(), name);
        return exit_usage;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
        return exit_failure;
    }
}

po::variables_map parse_options(int argc, const char* const* argv, const po::options_description& options,
                                const po::positional_options_description& positional) {
    std::ranges::for_each(argv, argv + argc, refuse_placeholders);
    try {
        po::variables_map values;
        const int exact = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(argc, argv).options(options).positional(positional).style(exact).run(),
                  values);
        if (values.count("config") != 0) {
            const std::string entries = content_of(values["config"].as<std::string>());
            refuse_placeholders(entries);
            std::istringstream file(entries);
            po::store(po::parse_config_file(file, options), values);
        }
        po::notify(values);
        return values;
    } catch (const po::error& error) {
        throw UsageError(error.what());
    }
}

bool answers_about_itself(const po::variables_map& values, std::string_view program,
                          const std::function<std::string()>& help_text) {
    const bool helps = values.count("help") != 0;
    if (!helps && values.count("version") == 0) return false;
    fmt::print("{}", helps ? help_text() : version_text(program));
    return true;
}

void write_file(const std::filesystem::path& path, std::string_view content) {
    const std::string what = "cannot write " + path.string();
    const std::filesystem::path unfinished = path.string() + ".part" + std::to_string(::getpid());
    std::FILE* file = std::fopen(unfinished.c_str(), "we");
    if (file == nullptr) posix::throw_errno(what);
    const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed || std::rename(unfinished.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(unfinished.c_str());
        posix::throw_errno(what, error);
    }
}

std::string version_text(std::string_view program) {
    return fmt::format("{} {} (Boost {}.{}, GCC-compatible {}, C++{})\n", program, IOMUX_VERSION,
                       BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, __VERSION__, __cplusplus / 100 % 100);
}

}  // namespace iomux::cli
