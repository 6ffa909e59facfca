// One client that speaks HTTP/1.1.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "byte_stream.hpp"
#include "exchange.hpp"
#include "loop.hpp"
#include "request_parser.hpp"

namespace transport {

/// Reads requests one after the other and writes their answers in the same order.
///
///     handshake → idle → head → body → handling → idle …
///                    ↘ any fault, or the last answer ↙
///                              lingering → closed
///
/// One exchange is in flight at a time; pipelined requests wait in the input buffer, and when that is full the client
/// waits. While a handler works the socket is read on, because that is the only way to hear that the client has left:
/// the end of its stream cancels the exchange (a client that only half-closes and whose handler ignores cancellation still
/// gets its answer). Output goes through two strings: `flying` is with the kernel, `pending` collects what comes
/// meanwhile, so that small writes leave together. Each stage has its deadline, checked by the loop's tick.
///
/// The last answer is followed by a half close and a while of reading (lingering): closing a socket with unread input
/// sends a reset, which can destroy the answer before the client has read it (RFC 9112 section 9.6).
class HTTPConnection final : public Connected, public std::enable_shared_from_this<HTTPConnection> {
public:
    HTTPConnection(Loop &loop, Socket socket);
    ~HTTPConnection() override;

    void start();
    /// Answers 503 without having read anything: there are too many connections.
    void startRefused();

    // The exchange's owner, always on the loop. Each ignores an exchange that is over.
    void respond(beast_exchange &exchange, std::string bytes, bool close);
    void begin(beast_exchange &exchange, std::string head);
    void write(beast_exchange &exchange, std::string_view bytes);
    void end(beast_exchange &exchange, bool abort);
    void upgrade(beast_exchange &exchange, beast_socket &socket);

    void onTick(int64_t now) override;
    void drain() override;
    void kill() override { die(); }

private:
    enum class Stage { handshake, idle, head, body, handling, lingering, closed };

    ByteStream stream;
    std::string peer;
    Stage stage = Stage::idle;
    int64_t readDeadline = 0, writeDeadline = 0;  // 0: none
    bool isReading = false, isWriting = false, isProcessing = false, willFlush = false;
    bool sawEnd = false;         // the peer sends no more
    bool closesAfter = false;    // no request follows the answer under way
    bool isRefused = false;

    std::optional<RequestParser> parser;
    beast_exchange *exchange = nullptr;

    char *input = nullptr;  // the bytes from `parsed` to `filled` wait for the parser
    size_t capacity = 0, parsed = 0, filled = 0;
    size_t discarded = 0;  // while lingering
    int64_t bodyBegan = 0;

    std::string pending, flying;
    size_t flown = 0;

    // Input
    void handshake();
    void becomeIdle(uint32_t timeout);
    void read();
    void reserveInput();
    void onRead(error_code error, size_t count);
    void onInputEnd(error_code error);
    void process();
    bool parse();
    void beginRequest();
    void onHeader();
    void deliver();
    void fail(beast_fault fault);
    bool isClogged() const;
    bool takesRequests() const;
    int64_t bodyDeadline() const;

    // Output
    size_t unsent() const { return pending.size() + flying.size() - flown; }
    void flush();
    void flushSoon();
    void writeSome();
    void onWritten(error_code error, size_t count);
    void onFlushed();
    void halfClose();
    void die();
    bool owns(const beast_exchange &other) const { return &other == exchange && stage == Stage::handling; }
};

}  // namespace transport
