#include "exchange.hpp"

#include "http_connection.hpp"
#include "response_head.hpp"
#include "server.hpp"
#include "websocket_connection.hpp"

using namespace transport;

beast_exchange::beast_exchange(std::shared_ptr<HTTPConnection> connection, Loop &loop, RequestParser &&parser,
                               std::string_view peer, bool keepsAlive)
    : loop(loop), isHead(parser.method() == "HEAD"), isChunked(parser.version == 11), keepsAlive(keepsAlive),
      connection(std::move(connection)), arena(std::move(parser.arena)), peer(peer), body(std::move(parser.body)) {
    body.reserve(body.size() + BEAST_PADDING);
    std::string_view all = arena;
    fields.reserve(parser.fields.size());
    for (auto &field : parser.fields)
        fields.push_back({text(all.substr(field.name, field.nameCount)), text(all.substr(field.value, field.valueCount))});
    request.method = text(all.substr(0, parser.methodCount));
    request.target = text(all.substr(parser.targetStart, parser.targetCount));
    request.peer = text(this->peer);
    request.fields = fields.data();
    request.field_count = fields.size();
    request.body = reinterpret_cast<const uint8_t *>(body.data());
    request.body_count = body.size();
    request.minor_version = parser.version == 11 ? 1 : 0;
    // The parser has given up its arena, so the method is compared here, in ours.
    request.upgrade = parser.asksForWebSocket(view(request.method));
}

void beast_exchange::release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void beast_exchange::cancel() {
    if (isCancelled) return;
    isCancelled = true;
    if (user) loop.server.callbacks.on_cancel(user);
}

void beast_exchange::drained() {
    if (!isBlocked) return;
    isBlocked = false;
    if (user) loop.server.callbacks.on_drained(user);
}

void beast_exchange::end(int32_t result) {
    isClosed = true;
    drained();
    connection.reset();
    if (user) loop.server.callbacks.on_end(user, result, sent);
    release();
}

namespace {
/// Runs `function` with the exchange's connection on its loop, unless the exchange is over by then.
template <class Function> void onConnection(beast_exchange *exchange, Function function) {
    if (exchange->isClosed) return;  // and perhaps the loop is gone
    exchange->retain();
    exchange->loop.run([exchange, function = std::move(function)]() mutable {
        if (auto connection = exchange->connection) function(*connection);
        exchange->release();
    });
}

ResponseHead head(const beast_exchange &exchange, int32_t status, const beast_field *fields, size_t count, bool keepsAlive) {
    return {.status = status, .fields = fields, .fieldCount = count, .keepsAlive = keepsAlive, .isHTTP10 = !exchange.isChunked};
}
}  // namespace

extern "C" {

void beast_exchange_attach(beast_exchange *exchange, void *user) { exchange->user = user; }
const beast_request *beast_exchange_request(beast_exchange *exchange) { return &exchange->request; }
uint32_t beast_exchange_loop(beast_exchange *exchange) { return exchange->loop.index; }
void beast_exchange_release(beast_exchange *exchange) { exchange->release(); }

int32_t beast_exchange_respond(beast_exchange *exchange, int32_t status, const beast_field *fields, size_t fieldCount,
                               const void *body, size_t count, bool close) {
    if (exchange->isClosed || exchange->isAnswered.exchange(true)) return BEAST_CLOSED;
    bool keepsAlive = exchange->keepsAlive && !close && !exchange->loop.server.isDraining;
    bool sendsBody = !exchange->isHead && ResponseHead::hasBody(status);
    auto head = ::head(*exchange, status, fields, fieldCount, keepsAlive);
    head.length = count;
    std::string bytes;
    bytes.reserve(256 + (sendsBody ? count : 0));
    head.append(bytes);
    if (sendsBody) bytes.append(static_cast<const char *>(body), count);
    onConnection(exchange, [exchange, keepsAlive, bytes = std::move(bytes)](HTTPConnection &connection) mutable {
        connection.respond(*exchange, std::move(bytes), !keepsAlive);
    });
    return BEAST_DONE;
}

int32_t beast_exchange_begin(beast_exchange *exchange, int32_t status, const beast_field *fields, size_t fieldCount) {
    if (exchange->isClosed || exchange->isAnswered.exchange(true)) return BEAST_CLOSED;
    auto head = ::head(*exchange, status, fields, fieldCount,
                       exchange->keepsAlive && exchange->isChunked && !exchange->loop.server.isDraining);
    head.isChunked = exchange->isChunked;
    exchange->hasBody = !exchange->isHead && ResponseHead::hasBody(status);
    std::string bytes;
    head.append(bytes);
    onConnection(exchange, [exchange, bytes = std::move(bytes)](HTTPConnection &connection) mutable {
        connection.begin(*exchange, std::move(bytes));
    });
    return BEAST_DONE;
}

int32_t beast_exchange_write(beast_exchange *exchange, const void *bytes, size_t count) {
    if (exchange->isClosed) return BEAST_CLOSED;
    auto total = exchange->inbox.fetch_add(count) + count + exchange->backlog;
    bool isFull = total > exchange->loop.server.configuration.high_water;
    std::string copy(static_cast<const char *>(bytes), count);
    onConnection(exchange, [exchange, isFull, copy = std::move(copy)](HTTPConnection &connection) {
        exchange->inbox -= copy.size();
        if (isFull) exchange->isBlocked = true;
        connection.write(*exchange, copy);
    });
    return isFull ? BEAST_FULL : BEAST_DONE;
}

void beast_exchange_end(beast_exchange *exchange, bool abort) {
    onConnection(exchange, [exchange, abort](HTTPConnection &connection) { connection.end(*exchange, abort); });
}

beast_socket *beast_exchange_upgrade(beast_exchange *exchange, const char *subprotocol, void *user) {
    if (exchange->isClosed || exchange->isAnswered.exchange(true)) return nullptr;
    auto *socket = new beast_socket(exchange->loop, user, subprotocol ? subprotocol : "");
    exchange->retain();
    // Never in place: the caller has no handle to the socket yet when its callbacks begin.
    asio::post(exchange->loop.context, [exchange, socket] {
        if (auto connection = exchange->connection)
            connection->upgrade(*exchange, *socket);
        else
            socket->end(1006);
        exchange->release();
    });
    return socket;
}
}
