// One client that speaks WebSocket (RFC 6455).
#pragma once

#include <atomic>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "byte_stream.hpp"
#include "exchange.hpp"
#include "loop.hpp"

namespace transport {
class WebSocketConnection;
}

/// What the owner holds of a WebSocket; the connection may be gone before it.
struct beast_socket {
    beast_socket(transport::Loop &loop, void *user, std::string subprotocol)
        : loop(loop), user(user), subprotocol(std::move(subprotocol)) {}

    transport::Loop &loop;
    void *const user;
    const std::string subprotocol;
    std::atomic<bool> isClosed{false};
    std::atomic<size_t> queued{0};  // the cost of what was sent and is not yet with the kernel
    std::shared_ptr<transport::WebSocketConnection> connection;  // loop only

    /// What a message counts for until it is with the kernel. Its place in the queue counts too: else a client that never
    /// reads could have any number of empty messages put there for it.
    static size_t cost(size_t bytes) { return bytes + 64; }

    void retain() { references.fetch_add(1, std::memory_order_relaxed); }
    void release();
    /// Says goodbye to the owner, once.
    void end(int32_t code);

private:
    std::atomic<int> references{2};
    bool hasEnded = false;
};

namespace transport {

/// How long a count has stood still, as seen by the clock's ticks.
struct Stillness {
    uint32_t count = 0;
    int64_t since = 0;

    int64_t of(uint32_t current, int64_t now) {
        if (current != count || !since) *this = {current, now};
        return now - since;
    }
};

/// Beast's WebSocket with a queue of messages out, and at most two messages in that nobody has taken.
///
/// Its deadlines are the loop's, not Beast's: Beast's idle timer counts a peer as silent while nobody reads, so that a slow
/// owner would cost a living peer its connection; and nothing in Beast ends a peer that takes no output, or that sends a
/// message a byte at a time.
///
/// What Beast 1.74 leaves to its user, each a crash or a leak when it is forgotten:
/// - a read begun after a close has begun trips an assertion, so reading stops for good when closing starts;
/// - a read that fails while a close waits parks both for ever; only the destruction of the stream frees them, which is
///   why it is an optional that is emptied once the connection is over, and why that happens from the loop, not from
///   inside one of its own handlers;
/// - a read that had succeeded before the end may be told after it, when the owner is gone.
class WebSocketConnection final : public Connected, public std::enable_shared_from_this<WebSocketConnection> {
public:
    WebSocketConnection(Loop &loop, ByteStream &&stream, beast_socket &socket, const beast_exchange &exchange);
    ~WebSocketConnection() override { socket.release(); }

    void start();
    void send(int32_t opcode, std::string bytes, bool isBlocking);
    void consumed();
    /// Queued messages go out first.
    void close(uint16_t code, std::string reason);

    void onTick(int64_t now) override;
    void drain() override { close(1001, "the server is shutting down"); }
    void kill() override { finish(1006); }

private:
    struct Message {
        std::string bytes;
        int32_t opcode;
    };
    using WebSocket = boost::beast::websocket::stream<ByteStream, false>;  // false: no permessage-deflate

    beast_socket &socket;
    std::optional<WebSocket> webSocket;
    boost::beast::http::request<boost::beast::http::empty_body> handshake;
    boost::beast::flat_buffer input;
    std::deque<Message> queue;
    int unread = 0;
    bool isOpen = false, isReading = false, isWriting = false, isBlocked = false;
    bool isClosing = false, hasStartedClose = false, isFinished = false;
    uint16_t closeCode = 0;
    std::string closeReason;
    int64_t closeDeadline = 0, messageBegan = 0;  // 0: none
    Stillness reading, writing;
    bool isPinged = false;  // since the peer was last heard

    void configure();
    void onOpen(error_code error);
    void read();
    void onRead(error_code error);
    void write();
    void onWritten(error_code error);
    void dropQueue();
    void drainedIfLow();
    void startClose();
    void watchWriter(int64_t now);
    void watchReader(int64_t now);
    void finish(int32_t code);
};

}  // namespace transport
