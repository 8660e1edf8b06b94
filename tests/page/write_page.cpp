// Reads results as JSON from standard input and writes the HTML report to standard output.
#include <boost/json.hpp>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>

#include "compare/report/report_html.hpp"

int main() try {
    const std::string json(std::istreambuf_iterator<char>(std::cin), {});
    std::cout << iomux::compare::html_report(boost::json::parse(json).as_object());
    return std::cout.flush() ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
