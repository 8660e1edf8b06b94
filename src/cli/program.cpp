#include "cli/program.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <boost/version.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "cli/error_text.hpp"
#include "cli/input_file.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/wait.hpp"

namespace iomux::cli {

namespace po = boost::program_options;

namespace {

constexpr const char* config = "config";  // the option that names a config file
constexpr const char* help = "help";
constexpr const char* version = "version";
constexpr std::size_t longest_config = 1024 * 1024;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // of UTF-8; some editors write it

// Boost's error_with_option_name::what() replaces these words by parts of the command line. It never returns if such a
// part contains the word itself (Boost 1.81).
void refuse_placeholders(std::string_view text) {
    for (const std::string_view placeholder : {"%canonical_option%", "%original_token%", "%invalid_line%"})
        if (text.find(placeholder) != text.npos)
            throw UsageError(fmt::format("{} must not occur in an option or its value", placeholder));
}

// The next file or socket that the program opens would take the number of a closed standard descriptor, and would be
// read or written in its place. With these in their place, reads and writes fail (EBADF).
void occupy_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

void do_nothing(int) {}

// Writes fail then, with EPIPE or EFBIG, instead of ending the program. Programs that it starts do not inherit a
// handler, as they would inherit that a signal is ignored.
void handle_signals_of_writes() {
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
        action.sa_handler = do_nothing;
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
}

// Parses the short names that every program has. They need no declaration by the program.
std::pair<std::string, std::string> information_option(const std::string& word) {
    if (word == "-h") return {help, ""};
    if (word == "-V") return {version, ""};
    return {};
}

std::vector<std::string> words_of(int argc, const char* const* argv) {
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (words.size() == 1 && words.front() == "help") words.front() = "--help";
    return words;
}

// Options of different programs for the same thing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> synonyms{
    {{"duration", "seconds"}, {"seconds", "duration"}}};

// The option that `name` is probably meant for.
std::optional<std::string_view> meant_option(std::string_view name, const po::options_description& options) {
    std::vector<std::string_view> known;
    for (const auto& described : options.options())
        if (described->long_name() != arguments) known.push_back(described->long_name());
    for (const auto& [one, other] : synonyms)
        if (name == one && std::ranges::find(known, other) != known.end()) return other;
    return nearest(name, known);
}

// `text` is what the user wrote: `--colour`, `--colour=red`, `-c`, or `colour` in a config file.
std::string unknown_option_text(std::string_view text, const po::options_description& options) {
    const std::string_view option = text.substr(0, text.find('='));
    std::string_view name = option;
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    const auto meant = meant_option(name, options);
    // A name on the command line takes two dashes, even if it was written with one.
    const std::string_view dashes = name.size() < option.size() ? "--" : "";
    return fmt::format("unknown option {}{}", excerpt(option),
                       meant ? fmt::format("; did you mean {}{}?", dashes, *meant) : "");
}

// Names the arguments as `positional` says. Throws UsageError if it has no name for one of them.
void name_arguments(po::parsed_options& parsed, const po::options_description& options,
                    const po::positional_options_description& positional) {
    unsigned position = 0;
    for (po::option& option : parsed.options) {
        if (option.position_key == -1) continue;
        const std::string& word = option.value.front();
        if (position == positional.max_total_count()) {
            const std::string most = position == 0 ? "there are only options"
                                                   : fmt::format("at most {} is allowed besides options", position);
            const auto meant = meant_option(word, options);
            throw UsageError(fmt::format("unexpected argument \"{}\": {}{}", excerpt(word), most,
                                         meant ? fmt::format("; did you mean --{}?", *meant) : ""));
        }
        option.string_key = positional.name_for_position(position++);
    }
}

std::string syntax_text(const po::invalid_command_line_syntax& error) {
    switch (error.kind()) {
        case po::invalid_syntax::missing_parameter:
        case po::invalid_syntax::empty_adjacent_parameter: return error.get_option_name() + " requires a value";
        case po::invalid_syntax::extra_parameter: return error.get_option_name() + " takes no value";
        default: return error.what();
    }
}

// What is wrong with the options, if Program_options has thrown this while it parsed them.
std::string refusal_text(const po::error& error, const po::options_description& options) {
    if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error))
        return unknown_option_text(unknown->get_option_name(), options);
    if (const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error)) return syntax_text(*syntax);
    return error.what();
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

void refuse_binary(std::string_view line) {
    const auto odd = std::ranges::find_if(line, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
    if (odd != line.end())
        throw UsageError(
            fmt::format("not a text file: byte {} of the line is {}", odd - line.begin() + 1, printable({&*odd, 1})));
}

// The option that a line of a config file sets, or nothing if the line is empty or a comment.
std::optional<po::option> entry_of(std::string_view line, const po::options_description& options) {
    constexpr std::size_t most_shown = 60;
    const std::string_view entry = trimmed(line.substr(0, line.find('#')));
    if (entry.empty()) return std::nullopt;
    refuse_binary(entry);
    refuse_placeholders(entry);
    const std::size_t equals = entry.find('=');
    if (equals == 0 || equals == entry.npos)
        throw UsageError(fmt::format("\"{}\"{} is not of the form name = value", printable(entry.substr(0, most_shown)),
                                     entry.size() > most_shown ? "..." : ""));
    const std::string name(trimmed(entry.substr(0, equals)));
    const std::string value(trimmed(entry.substr(equals + 1)));
    const po::option_description* const option = options.find_nothrow(name, false);
    if (option == nullptr) throw UsageError(unknown_option_text(name, options));
    if (name == config || name == help || name == version)
        throw UsageError(fmt::format("{} cannot be set in a config file", name));
    if (option->semantic()->max_tokens() == 0 && !value.empty() && value != "true")
        throw UsageError(
            fmt::format("{} {}: expected true; to leave the option off, remove the line", name, excerpt(value)));
    return po::option(name, {value});
}

// The name of the entry in a variables_map that says where in a config file an option was set.
std::string place_name(std::string_view option) { return fmt::format("{}=", option); }

// Stores the options of a config file that the command line does not set.
void store_file(const std::string& path, const po::options_description& options, po::variables_map& values) {
    std::string content = read_file(path, longest_config);
    if (content.starts_with(byte_order_mark)) content.erase(0, byte_order_mark.size());
    std::istringstream file(std::move(content));
    std::map<std::string, std::string> places;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        const std::string place = fmt::format("{}:{}", well_formed_line(path), ++number);
        try {
            const std::optional<po::option> entry = entry_of(line, options);
            if (!entry) continue;
            const std::string& name = entry->string_key;
            const auto [earlier, is_new] = places.emplace(name, place);
            if (!is_new) throw UsageError(fmt::format("{} is already set at {}", name, earlier->second));
            if (values.count(name) != 0 && !values[name].defaulted()) continue;
            po::parsed_options parsed(&options);
            parsed.options.push_back(*entry);
            po::store(parsed, values);
            values.emplace(place_name(name), po::variable_value(place, false));
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("{}: {}", place, error.what()));
        } catch (const po::error& error) {
            throw UsageError(fmt::format("{}: {}", place, well_formed_line(error.what())));
        }
    }
}

}  // namespace

int run_program(std::string_view name, const std::function<int()>& body) {
    occupy_standard_descriptors();
    handle_signals_of_writes();
    name_program(name);
    const auto report = [](const std::exception& error, int status) {
        print_remark(error_text(error));
        return status;
    };
    try {
        const int status = body();
        if (is_output_lost()) return std::max(status, exit_failure);  // it is reported already
        flush();
        return status;
    } catch (const UsageError& error) {
        print_error(fmt::format("{}: {} (see {} --help)\n", name, error_text(error),
                                error.command.empty() ? name : std::string_view(error.command)));
        return exit_usage;
    } catch (const ReaderGone& error) {
        end_by_sigpipe();
        return report(error, exit_failure);
    } catch (const WaitInterrupted& error) {
        return report(error, exit_interrupted);
    } catch (const std::exception& error) {
        return report(error, exit_failure);
    }
}

po::variables_map parse_options(int argc, const char* const* argv, const po::options_description& options,
                                const po::positional_options_description& positional) {
    std::ranges::for_each(argv, argv + argc, refuse_placeholders);
    try {
        po::variables_map values;
        const int exact = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        po::parsed_options parsed = po::command_line_parser(words_of(argc, argv))
                                        .options(options)
                                        .style(exact)
                                        .extra_parser(information_option)
                                        .run();
        name_arguments(parsed, options, positional);
        po::store(parsed, values);
        if (values.count(config) != 0) store_file(values[config].as<std::string>(), options, values);
        po::notify(values);
        return values;
    } catch (const po::error& error) {
        throw UsageError(refusal_text(error, options));
    }
}

std::string written_as(const po::variables_map& values, std::string_view option) {
    const std::string place = place_of(values, option);
    return fmt::format("{}{}{}", place, place.empty() ? "--" : "", option);
}

std::string place_of(const po::variables_map& values, std::string_view option) {
    const auto place = values.find(place_name(option));
    return place == values.end() ? "" : place->second.as<std::string>() + ": ";
}

void add_information_options(po::options_description& options) {
    options.add_options()(help, "print this text (also: -h, or help as the only argument)")(
        version, "print the version (also: -V)");
}

bool answers_about_itself(const po::variables_map& values, std::string_view program,
                          const std::function<std::string()>& help_text) {
    const bool asks_for_help = values.count(help) != 0;
    if (!asks_for_help && values.count(version) == 0) return false;
    print(asks_for_help ? help_text() : version_text(program));
    return true;
}

std::string version_text(std::string_view program) {
    return fmt::format("{} {} (Boost {}.{}, GCC-compatible {}, C++{})\n", program, IOMUX_VERSION,
                       BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, __VERSION__, __cplusplus / 100 % 100);
}

}  // namespace iomux::cli
