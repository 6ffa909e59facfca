// From answers to bytes.
#include <charconv>

#include "http_connection.hpp"
#include "server.hpp"
#include "websocket_connection.hpp"

namespace transport {

namespace {
/// An output buffer above this goes back to the system once it is sent.
constexpr size_t keptOutput = 65536;

void appendChunk(std::string &output, std::string_view bytes) {
    char digits[20];
    auto result = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16);
    output.append(digits, size_t(result.ptr - digits));
    output += "\r\n";
    output += bytes;
    output += "\r\n";
}
}  // namespace

void HTTPConnection::respond(beast_exchange &other, std::string bytes, bool close) {
    if (!owns(other)) return;
    if (close || !exchange->keepsAlive) closesAfter = true;
    exchange->sent += bytes.size();
    exchange->isComplete = true;
    if (pending.empty())
        pending = std::move(bytes);
    else
        pending += bytes;
    flush();
}

void HTTPConnection::begin(beast_exchange &other, std::string head) {
    if (!owns(other)) return;
    exchange->isStreaming = true;
    if (!exchange->isChunked || !exchange->keepsAlive) closesAfter = true;
    exchange->sent += head.size();
    pending += head;
    flushSoon();
}

void HTTPConnection::write(beast_exchange &other, std::string_view bytes) {
    if (!owns(other) || !exchange->isStreaming) return;
    if (exchange->hasBody && !bytes.empty()) {
        auto before = pending.size();
        if (exchange->isChunked)
            appendChunk(pending, bytes);
        else
            pending += bytes;
        exchange->sent += pending.size() - before;
    }
    flushSoon();
    exchange->backlog = unsent();
    if (unsent() == 0) exchange->drained();
}

void HTTPConnection::end(beast_exchange &other, bool abort) {
    if (!owns(other)) return;
    if (abort || !exchange->isStreaming) return die();
    if (exchange->isChunked && exchange->hasBody) {
        pending += "0\r\n\r\n";
        exchange->sent += 5;
    }
    exchange->isComplete = true;
    if (unsent() == 0) return onFlushed();
    flushSoon();
}

/// Pieces of an answer that come one right after the other (a head and its first event, the tokens that a provider sent
/// together) leave in one system call: those that wait on the loop already go first.
void HTTPConnection::flushSoon() {
    if (isWriting || willFlush || pending.empty() || stage == Stage::closed) return;
    willFlush = true;
    asio::post(loop.context, [self = shared_from_this()] {
        self->willFlush = false;
        self->flush();
    });
}

void HTTPConnection::flush() {
    if (isWriting || pending.empty() || stage == Stage::closed) return;
    flying.swap(pending);
    pending.clear();
    flown = 0;
    isWriting = true;
    writeSome();
}

void HTTPConnection::writeSome() {
    writeDeadline = now() + server.configuration.write_timeout;
    stream.async_write_some(asio::buffer(flying.data() + flown, flying.size() - flown),
                            [self = shared_from_this()](error_code error, size_t count) { self->onWritten(error, count); });
}

void HTTPConnection::onWritten(error_code error, size_t count) {
    if (stage == Stage::closed) return;
    if (error) return die();
    flown += count;
    auto left = unsent();
    if (exchange) {
        exchange->backlog = left;
        if (left <= server.configuration.low_water) exchange->drained();
    }
    if (flown < flying.size()) return writeSome();
    isWriting = false;
    writeDeadline = 0;
    flying.clear();
    flown = 0;
    if (flying.capacity() > keptOutput) flying.shrink_to_fit();
    if (!pending.empty()) return flush();
    if (pending.capacity() > keptOutput) pending.shrink_to_fit();
    onFlushed();
}

/// Everything has gone to the kernel: the exchange, if its answer was complete, is over.
void HTTPConnection::onFlushed() {
    if (exchange && exchange->isComplete) {
        auto *finished = exchange;
        exchange = nullptr;
        becomeIdle(server.configuration.keep_alive_timeout);
        finished->end(BEAST_DONE);
        if (server.isDraining) closesAfter = true;
    }
    if (exchange || stage == Stage::closed) return;
    if (closesAfter || sawEnd) return halfClose();
    process();
    read();
}

/// Says that nothing follows, then waits for the peer to say the same.
void HTTPConnection::halfClose() {
    closesAfter = true;
    stage = Stage::lingering;
    readDeadline = now() + server.configuration.linger_timeout;
    if (auto *tls = stream.tls()) {
        if (sawEnd) return die();
        tls->async_shutdown([self = shared_from_this()](error_code) { self->die(); });
        return;
    }
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (sawEnd) return die();
    read();
}

void HTTPConnection::die() {
    if (stage == Stage::closed) return;
    auto self = shared_from_this();
    stage = Stage::closed;
    isWriting = false;
    stream.close();
    unlink();
    if (auto *lost = exchange) {
        exchange = nullptr;
        lost->end(BEAST_CLOSED);
    }
}

void HTTPConnection::upgrade(beast_exchange &other, beast_socket &socket) {
    if (!owns(other) || parsed != filled || isWriting) {
        // Gone already, or a client that sends frames before it was told that it may.
        socket.end(1006);
        if (owns(other)) die();
        return;
    }
    auto connection = std::make_shared<WebSocketConnection>(loop, std::move(stream), socket, *exchange);
    socket.connection = connection;
    stage = Stage::closed;
    unlink();
    auto *finished = exchange;
    exchange = nullptr;
    finished->end(BEAST_DONE);
    connection->start();
}

}  // namespace transport
