// A server on Boost.Asio that follows the example "async_tcp_echo_server" of its documentation (Boost.Asio, C++11
// Examples, Echo). A session reads, writes all, and reads again until either fails. The acceptor accepts the next
// connection even after an error. The buffer has 1024 bytes, as in the example.
#include <array>
#include <boost/asio.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "conversation.hpp"

namespace iomux::others {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, const Options& options) : socket_(std::move(socket)), conversation_(options) {}

    void read() {
        socket_.async_read_some(asio::buffer(data_), [self = shared_from_this()](error_code error, std::size_t size) {
            if (!error) self->write(size);
        });
    }

private:
    void write(std::size_t size) {
        replies_ = conversation_.answer({data_.data(), size});
        asio::async_write(socket_, asio::buffer(replies_), [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->read();
        });
    }

    tcp::socket socket_;
    Conversation conversation_;
    std::array<char, 1024> data_;
    std::string replies_;
};

class Server {
public:
    Server(asio::io_context& context, const Options& options)
        : acceptor_(context, {asio::ip::address_v4::loopback(), options.port}), options_(options) {
        announce(acceptor_.local_endpoint().port());
        accept();
    }

private:
    void accept() {
        acceptor_.async_accept([this](error_code error, tcp::socket socket) {
            if (!error) std::make_shared<Session>(std::move(socket), options_)->read();
            accept();
        });
    }

    tcp::acceptor acceptor_;
    const Options& options_;
};

}  // namespace
}  // namespace iomux::others

int main(int argc, char** argv) {
    const iomux::others::Options options = iomux::others::parse(argc, argv);
    try {
        boost::asio::io_context context;
        iomux::others::Server server(context, options);
        context.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "Exception: %s\n", error.what());
        return 1;
    }
}
