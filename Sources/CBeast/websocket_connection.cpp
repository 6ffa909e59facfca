#include "websocket_connection.hpp"

#include "server.hpp"

namespace transport {

namespace websocket = boost::beast::websocket;
namespace http = boost::beast::http;

namespace {
/// How many messages wait for the owner before the peer has to.
constexpr int unreadLimit = 2;
/// An input buffer above this goes back to the system after its message.
constexpr size_t keptInput = 65536;
/// A close frame's payload is at most 125 bytes, two of them the code.
constexpr size_t reasonLimit = 123;

/// How Beast has closed when a read failed with this.
int32_t closeCodeOf(error_code error) {
    if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) return 1009;
    if (error == websocket::error::bad_frame_payload) return 1007;
    return error == websocket::condition::protocol_violation ? 1002 : 1006;
}
}  // namespace

WebSocketConnection::WebSocketConnection(Loop &loop, ByteStream &&stream, beast_socket &socket, const beast_exchange &exchange)
    : Connected(loop), socket(socket), webSocket(std::in_place, std::move(stream)),
      input(server.configuration.message_limit + 1024) {
    handshake.version(11);
    handshake.method(http::verb::get);
    auto target = view(exchange.request.target);
    handshake.target({target.data(), target.size()});
    for (size_t i = 0; i < exchange.request.field_count; i++) {
        auto &field = exchange.request.fields[i];
        handshake.insert({field.name.bytes, field.name.count}, {field.value.bytes, field.value.count});
    }
}

void WebSocketConnection::configure() {
    webSocket->set_option(websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
    webSocket->read_message_max(server.configuration.message_limit);
    webSocket->auto_fragment(false);
    webSocket->write_buffer_bytes(1024);
    webSocket->control_callback([this](websocket::frame_type kind, boost::beast::string_view) {
        if (kind == websocket::frame_type::close) webSocket->next_layer().hasPeerFinished = true;
    });
    if (socket.subprotocol.empty()) return;
    webSocket->set_option(websocket::stream_base::decorator([protocol = socket.subprotocol](websocket::response_type &response) {
        response.set(http::field::sec_websocket_protocol, protocol);
    }));
}

void WebSocketConnection::start() {
    configure();
    webSocket->async_accept(handshake, [self = shared_from_this()](error_code error) { self->onOpen(error); });
}

void WebSocketConnection::onOpen(error_code error) {
    handshake = {};
    if (isFinished) return;
    if (error) return finish(1006);
    isOpen = true;
    if (server.isDraining) drain();
    read();
    write();
}

void WebSocketConnection::read() {
    if (!isOpen || isReading || isFinished || hasStartedClose || unread >= unreadLimit) return;
    isReading = true;
    webSocket->async_read(input, [self = shared_from_this()](error_code error, size_t) { self->onRead(error); });
}

void WebSocketConnection::onRead(error_code error) {
    isReading = false;
    messageBegan = 0;
    if (isFinished) return;
    if (error == websocket::error::closed) return finish(webSocket->reason().code ? webSocket->reason().code : 1005);
    if (error) return finish(closeCodeOf(error));
    unread++;
    server.callbacks.on_socket_message(socket.user, static_cast<const uint8_t *>(input.data().data()), input.size(),
                                       webSocket->got_text());
    input.consume(input.size());
    if (input.capacity() > keptInput) input.shrink_to_fit();
    read();
}

void WebSocketConnection::consumed() {
    if (unread > 0) unread--;
    read();
}

void WebSocketConnection::send(int32_t opcode, std::string bytes, bool isBlocking) {
    if (isFinished || isClosing) {
        socket.queued -= socket.cost(bytes.size());
        // After the end the user may be gone; the end has woken whoever was blocked.
        if (isBlocking && !isFinished) server.callbacks.on_socket_drained(socket.user);
        return;
    }
    isBlocked = isBlocked || isBlocking;
    queue.push_back({std::move(bytes), opcode});
    write();
}

void WebSocketConnection::write() {
    if (!isOpen || isWriting || isFinished || hasStartedClose) return;
    if (queue.empty()) {
        if (isClosing) startClose();
        return;
    }
    isWriting = true;
    auto &message = queue.front();
    auto handler = [self = shared_from_this()](error_code error, size_t = 0) { self->onWritten(error); };
    if (message.opcode == BEAST_PING) {
        websocket::ping_data data;
        data.assign(message.bytes.data(), std::min(message.bytes.size(), data.max_size()));
        webSocket->async_ping(data, std::move(handler));
        return;
    }
    webSocket->text(message.opcode == BEAST_TEXT);
    webSocket->async_write(asio::buffer(message.bytes), std::move(handler));
}

void WebSocketConnection::onWritten(error_code error) {
    isWriting = false;
    if (isFinished) return dropQueue();
    socket.queued -= socket.cost(queue.front().bytes.size());
    queue.pop_front();
    if (error) return finish(1006);
    drainedIfLow();
    write();
}

void WebSocketConnection::drainedIfLow() {
    if (!isBlocked || socket.queued > server.configuration.low_water) return;
    isBlocked = false;
    server.callbacks.on_socket_drained(socket.user);
}

void WebSocketConnection::close(uint16_t code, std::string reason) {
    if (isFinished || isClosing) return;
    isClosing = true;
    closeCode = code;
    size_t count = std::min(reason.size(), reasonLimit);
    while (count < reason.size() && count > 0 && (reason[count] & 0xC0) == 0x80) count--;  // not within a character
    closeReason = reason.substr(0, count);
    write();
}

void WebSocketConnection::startClose() {
    hasStartedClose = true;
    closeDeadline = now() + server.configuration.linger_timeout;
    webSocket->next_layer().hasPeerFinished = true;  // by the time of the teardown, which follows the peer's close frame
    websocket::close_reason reason(static_cast<websocket::close_code>(closeCode), closeReason);
    webSocket->async_close(reason, [self = shared_from_this()](error_code error) { self->finish(error ? 1006 : self->closeCode); });
}

/// The owner learns of the end at once; the stream goes when no handler of its own is on the stack.
void WebSocketConnection::finish(int32_t code) {
    if (isFinished) return;
    isFinished = true;
    auto self = shared_from_this();
    webSocket->next_layer().close();
    unlink();
    socket.end(code);
    asio::post(loop.context, [self] {
        self->webSocket.reset();
        self->isWriting = false;
        self->dropQueue();
        self->socket.connection.reset();
    });
}

void WebSocketConnection::dropQueue() {
    if (isWriting) return;  // the front one is still being read from
    for (auto &message : queue) socket.queued -= socket.cost(message.bytes.size());
    queue.clear();
}

void WebSocketConnection::onTick(int64_t time) {
    // Beast has begun to close by itself: the peer's close frame, or its offence, is being answered.
    if (isOpen && !closeDeadline && !webSocket->is_open()) closeDeadline = time + server.configuration.linger_timeout;
    if (closeDeadline && time > closeDeadline) return finish(1006);
    watchWriter(time);
    if (isOpen && !closeDeadline && !isFinished) watchReader(time);
}

/// The peer takes nothing of what is ready for it.
void WebSocketConnection::watchWriter(int64_t time) {
    auto stillness = writing.of(webSocket->next_layer().writes, time);
    bool isOffering = isWriting || !isOpen;
    if (isOffering && stillness > server.configuration.write_timeout) finish(1006);
}

/// The peer says nothing, or doesn't come to the end of a message.
void WebSocketConnection::watchReader(int64_t time) {
    auto &limits = server.configuration;
    if (!isReading) {
        // Nobody listens; the peer's silence counts from when somebody does.
        reading.since = 0;
        return;
    }
    auto silence = reading.of(webSocket->next_layer().reads, time);
    if (silence > limits.socket_idle_timeout) return finish(1006);
    bool isQuiet = silence > limits.socket_idle_timeout / 2;
    if (isQuiet && !isPinged && !isClosing) {
        socket.queued += socket.cost(0);
        queue.push_back({{}, BEAST_PING});
        write();
    }
    isPinged = isQuiet;
    if (webSocket->is_message_done()) return;
    if (!messageBegan) messageBegan = time;
    // Each byte that has come buys time, as it does for a request's body.
    auto bought = int64_t(input.size() * 1000 / limits.body_rate);
    if (time > messageBegan + limits.body_timeout + bought) close(1008, "a message took too long to arrive");
}

}  // namespace transport

using namespace transport;

void beast_socket::release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void beast_socket::end(int32_t code) {
    if (hasEnded) return;
    hasEnded = true;
    isClosed = true;
    loop.server.callbacks.on_socket_end(user, code);
    // Without a connection nothing else gives its reference back.
    if (!connection) release();
}

namespace {
template <class Function> void onConnection(beast_socket *socket, Function function) {
    if (socket->isClosed) return;  // and perhaps the loop is gone
    socket->retain();
    socket->loop.run([socket, function = std::move(function)]() mutable {
        if (auto connection = socket->connection) function(*connection);
        socket->release();
    });
}
}  // namespace

extern "C" {

int32_t beast_socket_send(beast_socket *socket, int32_t opcode, const void *bytes, size_t count) {
    if (socket->isClosed) return BEAST_CLOSED;
    auto cost = socket->cost(count);
    bool isFull = socket->queued.fetch_add(cost) + cost > socket->loop.server.configuration.high_water;
    std::string copy(static_cast<const char *>(bytes), count);
    onConnection(socket, [opcode, isFull, copy = std::move(copy)](WebSocketConnection &connection) mutable {
        connection.send(opcode, std::move(copy), isFull);
    });
    return isFull ? BEAST_FULL : BEAST_DONE;
}

void beast_socket_consumed(beast_socket *socket) {
    onConnection(socket, [](WebSocketConnection &connection) { connection.consumed(); });
}

void beast_socket_close(beast_socket *socket, uint16_t code, const char *reason) {
    onConnection(socket, [code, reason = std::string(reason)](WebSocketConnection &connection) { connection.close(code, reason); });
}

void beast_socket_release(beast_socket *socket) { socket->release(); }
}
