// One request and its answer.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "loop.hpp"

namespace transport {
class HTTPConnection;
class RequestParser;
}  // namespace transport

/// The request's bytes, and the door through which its answer goes.
///
/// References: the connection holds one until the exchange is over, the owner of the callbacks one until it releases it.
/// The atomics are what any thread may read to answer without a hop; everything below them belongs to the loop.
struct beast_exchange {
    beast_exchange(std::shared_ptr<transport::HTTPConnection> connection, transport::Loop &loop,
                   transport::RequestParser &&parser, std::string_view peer, bool keepsAlive);

    transport::Loop &loop;
    beast_request request{};
    const bool isHead, isChunked;

    std::atomic<bool> isClosed{false}, isAnswered{false}, keepsAlive;
    std::atomic<size_t> inbox{0};    // bytes on their way to the loop
    std::atomic<size_t> backlog{0};  // bytes on the loop that the kernel has not taken

    std::shared_ptr<transport::HTTPConnection> connection;  // until the exchange is over
    void *user = nullptr;
    uint64_t sent = 0;
    bool isStreaming = false, isComplete = false, isCancelled = false;
    bool isBlocked = false;  // the owner waits for on_drained
    bool hasBody = true;     // of a streamed answer; written before the loop sees it

    void retain() { references.fetch_add(1, std::memory_order_relaxed); }
    void release();
    void cancel();
    void drained();
    /// Says goodbye to the owner and lets the connection's reference go.
    void end(int32_t result);

private:
    std::atomic<int> references{2};
    std::string arena, peer;
    std::vector<beast_field> fields;
    std::vector<char> body;
};
