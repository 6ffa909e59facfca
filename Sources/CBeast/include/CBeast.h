// An HTTP/1.1 and WebSocket server behind plain C: no library type, macro, variadic or bit-field crosses it, so Swift sees
// functions, integers and pointers only. Boost.Asio moves the bytes and Boost.Beast knows the grammar of both protocols; what is
// decided here is when to read, when to stop writing, and who is told what, exactly once.
//
//     server      a listening socket and one I/O loop (a thread) per `io_threads`
//     exchange    one request and its answer; counted references, the connection holds one and the owner of the callbacks one
//     socket      one WebSocket, which takes the place of its exchange's connection; counted references likewise
//
// Threads: a callback runs on an I/O thread and must not block. A function may be called on any thread; one called on the
// connection's own I/O thread takes effect at once, the others are handed over to it.
#ifndef CBEAST_H
#define CBEAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct beast_server beast_server;
typedef struct beast_exchange beast_exchange;
typedef struct beast_socket beast_socket;

typedef struct beast_text {
    const char *_Nullable bytes;
    size_t count;
} beast_text;

typedef struct beast_field {
    beast_text name;
    beast_text value;
} beast_field;

// Lives as long as its exchange. Behind the body lie at least BEAST_PADDING readable bytes: parsers that read in wide steps
// need no copy of it.
enum { BEAST_PADDING = 64 };
typedef struct beast_request {
    beast_text method;
    beast_text target;
    beast_text peer;
    const beast_field *_Nullable fields;
    size_t field_count;
    const uint8_t *_Nullable body;
    size_t body_count;
    int32_t minor_version;  // 0 or 1
    bool upgrade;           // a GET that asks for the WebSocket protocol
} beast_request;

// What the transport itself refuses, before any handler is asked.
enum beast_fault {
    BEAST_FAULT_MALFORMED = 0,
    BEAST_FAULT_BAD_TARGET,
    BEAST_FAULT_BAD_HOST,
    BEAST_FAULT_BAD_LENGTH,
    BEAST_FAULT_BAD_ENCODING,
    BEAST_FAULT_TARGET_TOO_LONG,
    BEAST_FAULT_HEADER_TOO_LARGE,
    BEAST_FAULT_TOO_MANY_FIELDS,
    BEAST_FAULT_BODY_TOO_LARGE,
    BEAST_FAULT_HEADER_TIMEOUT,
    BEAST_FAULT_BODY_TIMEOUT,
    BEAST_FAULT_OVERLOADED,
    BEAST_FAULT_BAD_VERSION,
    BEAST_FAULT_COUNT
};

// The answer to a fault. `fields` are complete lines, each with its CR LF; date, length and connection are added.
typedef struct beast_fault_answer {
    int32_t status;
    beast_text fields;
    beast_text body;
} beast_fault_answer;

// Times are milliseconds, sizes are bytes.
typedef struct beast_configuration {
    const char *_Nonnull host;  // an address, not a name
    uint16_t port;              // 0: any free one
    uint16_t io_threads;
    uint32_t connections;
    uint32_t target_limit;
    uint32_t header_limit;  // request line and fields together
    uint32_t field_limit;
    uint64_t body_limit;
    uint64_t message_limit;  // of one WebSocket message
    uint32_t header_timeout;
    uint32_t body_timeout;
    uint32_t body_rate;  // bytes a second: each received byte buys time beyond body_timeout
    uint32_t keep_alive_timeout;
    uint32_t write_timeout;  // without any progress
    uint32_t socket_idle_timeout;
    uint32_t linger_timeout;
    uint32_t high_water;  // unsent bytes of one connection above which a write answers BEAST_FULL
    uint32_t low_water;   // and below which the writer is told to go on
    const char *_Nullable certificate;  // paths of PEM files; both or neither
    const char *_Nullable private_key;
    const beast_fault_answer *_Nonnull faults;  // BEAST_FAULT_COUNT of them
} beast_configuration;

enum { BEAST_DONE = 0, BEAST_FULL = 1, BEAST_CLOSED = -1 };

typedef struct beast_callbacks {
    void *_Nonnull context;
    // Hands over one reference to the exchange. Call beast_exchange_attach before anything else.
    void (*_Nonnull on_request)(void *_Nonnull context, beast_exchange *_Nonnull exchange);
    void (*_Nonnull on_fault)(void *_Nonnull context, int32_t fault, beast_text peer);
    void (*_Nonnull on_stopped)(void *_Nonnull context);  // nothing is left after a drain

    // `user` is what was attached to the exchange.
    void (*_Nonnull on_cancel)(void *_Nonnull user);   // the peer closed its sending side: nobody waits any more
    void (*_Nonnull on_drained)(void *_Nonnull user);  // below the low-water mark again, or closed
    void (*_Nonnull on_end)(void *_Nonnull user, int32_t result, uint64_t sent);  // last and once: BEAST_DONE or BEAST_CLOSED

    // `user` is what was given to beast_exchange_upgrade.
    void (*_Nonnull on_socket_message)(void *_Nonnull user, const uint8_t *_Nullable bytes, size_t count, bool text);
    void (*_Nonnull on_socket_drained)(void *_Nonnull user);
    void (*_Nonnull on_socket_end)(void *_Nonnull user, int32_t code);  // last and once; 1006 when there was no close frame
} beast_callbacks;

// NULL when the address, the port or the certificate can't be used; then `error` holds a sentence.
beast_server *_Nullable beast_server_start(const beast_configuration *_Nonnull configuration,
                                           const beast_callbacks *_Nonnull callbacks, char *_Nonnull error, size_t error_size);
uint16_t beast_server_port(beast_server *_Nonnull server);
int64_t beast_server_connections(beast_server *_Nonnull server);
// Stops accepting, lets exchanges in flight finish, closes WebSockets with 1001, and cuts what is left after `timeout`.
void beast_server_drain(beast_server *_Nonnull server, uint32_t timeout);
// After on_stopped only, and not on an I/O thread.
void beast_server_destroy(beast_server *_Nonnull server);
// Runs function(first, second) on an I/O loop.
void beast_server_post(beast_server *_Nonnull server, uint32_t loop,
                       void (*_Nonnull function)(void *_Nonnull, void *_Nonnull), void *_Nonnull first, void *_Nonnull second);

void beast_exchange_attach(beast_exchange *_Nonnull exchange, void *_Nonnull user);
const beast_request *_Nonnull beast_exchange_request(beast_exchange *_Nonnull exchange);
uint32_t beast_exchange_loop(beast_exchange *_Nonnull exchange);
void beast_exchange_release(beast_exchange *_Nonnull exchange);
// The answer at once. Date, length and connection are added, those among the fields left out; control characters in fields
// become spaces.
int32_t beast_exchange_respond(beast_exchange *_Nonnull exchange, int32_t status, const beast_field *_Nullable fields,
                               size_t field_count, const void *_Nullable body, size_t body_count, bool close);
// The answer in pieces: begin, write any number of times, end. BEAST_FULL: taken, but wait for on_drained or on_end.
int32_t beast_exchange_begin(beast_exchange *_Nonnull exchange, int32_t status, const beast_field *_Nullable fields,
                             size_t field_count);
int32_t beast_exchange_write(beast_exchange *_Nonnull exchange, const void *_Nonnull bytes, size_t count);
// `abort` cuts the connection, so that the peer can't take the truncated answer for a whole one.
void beast_exchange_end(beast_exchange *_Nonnull exchange, bool abort);

// Answers 101; messages may be sent at once and leave after it. The handshake's fields must have been checked. NULL when the exchange is answered or closed already.
beast_socket *_Nullable beast_exchange_upgrade(beast_exchange *_Nonnull exchange, const char *_Nullable subprotocol,
                                               void *_Nonnull user);
enum beast_opcode { BEAST_BINARY = 0, BEAST_TEXT = 1, BEAST_PING = 2 };
int32_t beast_socket_send(beast_socket *_Nonnull socket, int32_t opcode, const void *_Nullable bytes, size_t count);
void beast_socket_consumed(beast_socket *_Nonnull socket);  // one message taken: read on
void beast_socket_close(beast_socket *_Nonnull socket, uint16_t code, const char *_Nonnull reason);
void beast_socket_release(beast_socket *_Nonnull socket);

#ifdef __cplusplus
}
#endif
#endif
