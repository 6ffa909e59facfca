// Names and small functions that every file of this target uses.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "CBeast.h"

namespace transport {

namespace asio = boost::asio;
using boost::system::error_code;
using asio::ip::tcp;

// Asio's default executor is a type-erased one that allocates; every object here lives on one io_context and says so.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Milliseconds of a clock that never goes back. Coarse (4 ms), because it is read for every request.
inline int64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return int64_t(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

inline char lowercase(char letter) { return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter; }

inline bool equalsIgnoringCase(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); i++)
        if (lowercase(left[i]) != lowercase(right[i])) return false;
    return true;
}

/// Whether a comma-separated field value has this element.
inline bool listContains(std::string_view list, std::string_view element) {
    while (true) {
        auto comma = list.find(',');
        auto item = list.substr(0, comma);
        while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
        while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
        if (equalsIgnoringCase(item, element)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

inline std::string_view view(beast_text text) { return {text.bytes, text.count}; }
inline beast_text text(std::string_view view) { return {view.data(), view.size()}; }

}  // namespace transport
