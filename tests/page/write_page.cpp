// Reads results or an explanation as JSON from standard input and writes the HTML page to standard output.
#include <boost/json.hpp>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>

#include "compare/report/report_html.hpp"

int main() try {
    const std::string json(std::istreambuf_iterator<char>(std::cin), {});
    const boost::json::object results = boost::json::parse(json).as_object();
    std::cout << (results.contains("parts") ? iomux::compare::html_explanation(results)
                                            : iomux::compare::html_report(results));
    return std::cout.flush() ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
