#include "cli/program.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <boost/version.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "cli/nearest.hpp"
#include "posix/error.hpp"

namespace iomux::cli {

namespace po = boost::program_options;

namespace {

// Boost's error_with_option_name::what() replaces these words by parts of the command line. It never returns if such a
// part contains the word itself (Boost 1.81).
void refuse_placeholders(std::string_view text) {
    for (const std::string_view placeholder : {"%canonical_option%", "%original_token%", "%invalid_line%"})
        if (text.find(placeholder) != text.npos)
            throw UsageError(fmt::format("{} must not occur in an option or its value", placeholder));
}

std::string content_of(const std::string& path) {
    // A directory can be opened and would read as an empty file.
    if (std::filesystem::is_directory(path)) posix::throw_errno("cannot read " + path, EISDIR);
    std::ifstream file(path);
    if (!file) posix::throw_errno("cannot read " + path);
    return {std::istreambuf_iterator(file), {}};
}

// Parses the short names that every program has. They need no declaration by the program.
std::pair<std::string, std::string> information_option(const std::string& word) {
    if (word == "-h") return {"help", ""};
    if (word == "-V") return {"version", ""};
    return {};
}

std::vector<std::string> words_of(int argc, const char* const* argv) {
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (words.size() == 1 && words.front() == "help") words.front() = "--help";
    return words;
}

// `text` is what the user wrote: `--colour`, `--colour=red`, `-c`, or `colour` in a config file.
std::string unknown_option_text(std::string_view text, const po::options_description& options) {
    const std::string_view option = text.substr(0, text.find('='));
    std::string_view name = option;
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    std::vector<std::string_view> known;
    for (const auto& described : options.options()) known.push_back(described->long_name());
    const auto meant = nearest(name, known);
    // A name on the command line takes two dashes, even if it was written with one.
    const std::string_view dashes = name.size() < option.size() ? "--" : "";
    return fmt::format("unknown option {}{}", option, meant ? fmt::format("; did you mean {}{}?", dashes, *meant) : "");
}

std::string syntax_text(const po::invalid_command_line_syntax& error) {
    switch (error.kind()) {
        case po::invalid_syntax::missing_parameter:
        case po::invalid_syntax::empty_adjacent_parameter: return error.get_option_name() + " requires a value";
        case po::invalid_syntax::extra_parameter: return error.get_option_name() + " takes no value";
        default: return error.what();
    }
}

}  // namespace

int run_program(std::string_view name, const std::function<int()>& body) {
    try {
        return body();
    } catch (const UsageError& error) {
        fmt::print(stderr, "{}: {} (see {} --help)\n", name, error.what(),
                   error.command.empty() ? name : std::string_view(error.command));
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
        po::store(po::command_line_parser(words_of(argc, argv))
                      .options(options)
                      .positional(positional)
                      .style(exact)
                      .extra_parser(information_option)
                      .run(),
                  values);
        if (values.count("config") != 0) {
            const std::string entries = content_of(values["config"].as<std::string>());
            refuse_placeholders(entries);
            std::istringstream file(entries);
            po::store(po::parse_config_file(file, options), values);
        }
        po::notify(values);
        return values;
    } catch (const po::unknown_option& error) {
        throw UsageError(unknown_option_text(error.get_option_name(), options));
    } catch (const po::invalid_command_line_syntax& error) {
        throw UsageError(syntax_text(error));
    } catch (const po::too_many_positional_options_error&) {
        const unsigned most = positional.max_total_count();
        throw UsageError(most == 0 ? "unexpected argument: there are only options"
                                   : fmt::format("too many arguments: at most {} besides options", most));
    } catch (const po::error& error) {
        throw UsageError(error.what());
    }
}

void add_information_options(po::options_description& options) {
    options.add_options()("help", "print this text (also: -h, or help as the only argument)")(
        "version", "print the version (also: -V)");
}

bool answers_about_itself(const po::variables_map& values, std::string_view program,
                          const std::function<std::string()>& help_text) {
    const bool asks_for_help = values.count("help") != 0;
    if (!asks_for_help && values.count("version") == 0) return false;
    fmt::print("{}", asks_for_help ? help_text() : version_text(program));
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
