// From bytes to exchanges.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "http_connection.hpp"
#include "server.hpp"

namespace transport {

namespace {
constexpr size_t headRead = 4096, bodyRead = 65536;
/// How far a client may pipeline ahead of the answer under way.
constexpr size_t pipelineLimit = 16384;
/// An input buffer above this goes back to the system when the connection is idle.
constexpr size_t keptInput = 8192;
/// What a lingering connection swallows at most.
constexpr size_t lingerLimit = 1 << 20;
}  // namespace

HTTPConnection::HTTPConnection(Loop &loop, Socket socket) : Connected(loop), stream(std::move(socket), server.tls.get()) {
    error_code error;
    auto endpoint = stream.socket().remote_endpoint(error);
    if (!error) peer = endpoint.address().to_string();
}

HTTPConnection::~HTTPConnection() { std::free(input); }

void HTTPConnection::start() {
    if (stream.isEncrypted()) return handshake();
    becomeIdle(server.configuration.header_timeout);
    read();
}

void HTTPConnection::startRefused() {
    isRefused = true;
    if (stream.isEncrypted()) return handshake();
    fail(BEAST_FAULT_OVERLOADED);
}

void HTTPConnection::handshake() {
    stage = Stage::handshake;
    readDeadline = now() + server.configuration.header_timeout;
    stream.tls()->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
        if (self->stage == Stage::closed) return;
        if (error) return self->die();
        self->becomeIdle(self->server.configuration.header_timeout);
        if (self->isRefused) return self->fail(BEAST_FAULT_OVERLOADED);
        self->read();
    });
}

void HTTPConnection::becomeIdle(uint32_t timeout) {
    stage = Stage::idle;
    readDeadline = now() + timeout;
}

/// A client that pipelines and never reads gets no further requests taken until its answers have drained.
bool HTTPConnection::isClogged() const {
    return stage != Stage::lingering && stage != Stage::handling && unsent() > 4 * size_t(server.configuration.high_water);
}

bool HTTPConnection::takesRequests() const {
    bool isBetween = stage == Stage::idle || stage == Stage::head || stage == Stage::body;
    return isBetween && !closesAfter && !isClogged();
}

void HTTPConnection::read() {
    if (isReading || sawEnd || stage == Stage::closed || stage == Stage::handshake || isClogged()) return;
    // A WebSocket takes the stream over with no read under way.
    if (exchange && exchange->request.upgrade) return;
    if (stage == Stage::handling && filled - parsed >= pipelineLimit) return;
    reserveInput();
    isReading = true;
    stream.async_read_some(asio::buffer(input + filled, capacity - filled),
                           [self = shared_from_this()](error_code error, size_t count) { self->onRead(error, count); });
}

void HTTPConnection::reserveInput() {
    if (parsed == filled) parsed = filled = 0;
    size_t wanted = stage == Stage::body ? bodyRead : headRead;
    if (stage == Stage::idle && filled == 0 && capacity > keptInput) {
        std::free(input);
        input = nullptr;
        capacity = 0;
    }
    if (parsed > 0 && capacity - filled < wanted / 2) {
        std::memmove(input, input + parsed, filled - parsed);
        filled -= parsed;
        parsed = 0;
    }
    if (capacity - filled >= wanted / 2) return;
    capacity = std::max(wanted, filled * 2);
    auto *grown = static_cast<char *>(std::realloc(input, capacity));
    if (!grown) throw std::bad_alloc();
    input = grown;
}

void HTTPConnection::onRead(error_code error, size_t count) {
    isReading = false;
    if (stage == Stage::closed) return;
    if (stage == Stage::lingering) {
        discarded += count;
        parsed = filled = 0;
        if (error || discarded > lingerLimit) return die();
        return read();
    }
    filled += count;
    if (error) return onInputEnd(error);
    process();
    read();
}

/// The peer sends no more: it has left, or it has shut down its half and waits.
///
/// Which of the two can't be seen. An answer may cost a provider's tokens, so the handler is told to stop; what it
/// answers all the same is sent. A reset is unmistakable.
void HTTPConnection::onInputEnd(error_code error) {
    sawEnd = true;
    bool isClean = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    if (!exchange || !isClean) return die();
    exchange->cancel();
}

void HTTPConnection::process() {
    if (isProcessing) return;
    isProcessing = true;
    while (takesRequests() && parsed < filled && parse()) {
    }
    isProcessing = false;
}

/// Feeds the parser once; false when it needs more bytes or has failed.
bool HTTPConnection::parse() {
    if (stage == Stage::idle) {
        // Empty lines before a request are leftovers of a sloppy client (RFC 9112 section 2.2).
        while (parsed < filled && (input[parsed] == '\r' || input[parsed] == '\n')) parsed++;
        if (parsed == filled) return false;
        beginRequest();
    }
    error_code error;
    auto count = parser->put(asio::const_buffer(input + parsed, filled - parsed), error);
    parsed += count;
    if (error == http::error::need_more) error = {};
    if (error) {
        fail(parser->fault(error));
        return false;
    }
    if (stage == Stage::head && parser->is_header_done()) onHeader();
    if (parser->is_done()) {
        deliver();
        return true;
    }
    if (stage == Stage::body) readDeadline = bodyDeadline();
    // The parser waits for a line that doesn't end, such as a chunk's extensions.
    if (count == 0 && filled - parsed >= server.configuration.header_limit + bodyRead) {
        fail(BEAST_FAULT_HEADER_TOO_LARGE);
        return false;
    }
    return count > 0;
}

void HTTPConnection::beginRequest() {
    stage = Stage::head;
    readDeadline = now() + server.configuration.header_timeout;
    parser.emplace(server.configuration);
}

void HTTPConnection::onHeader() {
    stage = Stage::body;
    bodyBegan = now();
    readDeadline = bodyDeadline();
    if (!parser->expectsContinue || parser->is_done() || parser->version != 11) return;
    pending += "HTTP/1.1 100 Continue\r\n\r\n";
    flush();
}

/// Each byte that has come buys time: a trickle can't hold the connection, a large body isn't hurried. Silence buys none,
/// however much has come before it.
int64_t HTTPConnection::bodyDeadline() const {
    auto bought = int64_t(parser->body.size() * 1000 / server.configuration.body_rate);
    return std::min(bodyBegan + bought, now()) + server.configuration.body_timeout;
}

void HTTPConnection::deliver() {
    stage = Stage::handling;
    readDeadline = 0;
    bool keepsAlive = parser->keep_alive() && !server.isDraining;
    exchange = new beast_exchange(shared_from_this(), loop, std::move(*parser), peer, keepsAlive);
    parser.reset();
    server.callbacks.on_request(server.callbacks.context, exchange);
}

void HTTPConnection::fail(beast_fault fault) {
    server.callbacks.on_fault(server.callbacks.context, fault, text(peer));
    server.faults[fault].append(pending);
    parser.reset();
    parsed = filled = 0;
    closesAfter = true;
    stage = Stage::lingering;
    readDeadline = now() + server.configuration.linger_timeout;
    flush();
}

void HTTPConnection::onTick(int64_t time) {
    if (writeDeadline && time > writeDeadline) return die();
    if (!readDeadline || time < readDeadline) return;
    if (stage == Stage::head) return fail(BEAST_FAULT_HEADER_TIMEOUT);
    if (stage == Stage::body) return fail(BEAST_FAULT_BODY_TIMEOUT);
    die();
}

void HTTPConnection::drain() {
    if (exchange) {
        exchange->keepsAlive = false;
        closesAfter = true;
    } else if (stage == Stage::idle && parsed == filled && unsent() == 0) {
        halfClose();
    } else if (stage == Stage::handshake) {
        die();
    }
}

}  // namespace transport
