#include "load/engine/datagram_connection.hpp"

namespace iomux::load {

DatagramConnection::DatagramConnection(posix::UniqueFd fd, std::uint64_t first_number, std::size_t depth)
    : fd_(std::move(fd)), first_number_(first_number), requests_(depth) {
    unsent_.reserve(depth);
    for (DatagramRequest& request : requests_) {
        request.connection = this;
        request.next_number = first_number++;
        unsent_.push_back(&request);
    }
}

void DatagramConnection::close() {
    fd_.reset();
    requests_.clear();
    unsent_.clear();
}

DatagramRequest& DatagramConnection::sent(Time now) {
    DatagramRequest& request = *unsent_.back();
    unsent_.pop_back();
    request.next_number += requests_.size();
    request.sent_at = now;
    return request;
}

void DatagramConnection::done(DatagramRequest& request) {
    request.unlink();
    unsent_.push_back(&request);
}

bool DatagramConnection::has_sent(std::uint64_t number) const {
    return number - first_number_ < requests_[place_of(number)].next_number - first_number_;
}

DatagramRequest* DatagramConnection::find(std::uint64_t number) {
    DatagramRequest& request = requests_[place_of(number)];
    return request.is_linked() && number + requests_.size() == request.next_number ? &request : nullptr;
}

}  // namespace iomux::load
