// A connection's bytes, in the clear or through TLS.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>

#include "basics.hpp"

namespace transport {

/// A TCP socket, with or without TLS around it, as one type.
///
/// A template over the two would compile every line of the connections twice; the branch costs nothing beside a system
/// call. It is what Asio calls an AsyncReadStream and AsyncWriteStream, so Beast's WebSocket takes it as well.
class ByteStream {
public:
    using executor_type = Executor;
    using TLSStream = asio::ssl::stream<Socket>;

    ByteStream(Socket socket, asio::ssl::context *tls) : plain(std::move(socket)) {
        if (tls) encrypted = std::make_unique<TLSStream>(std::move(plain), *tls);
    }

    executor_type get_executor() noexcept { return socket().get_executor(); }
    Socket &socket() { return encrypted ? encrypted->next_layer() : plain; }
    bool isEncrypted() const { return encrypted != nullptr; }
    TLSStream *tls() { return encrypted.get(); }

    template <class Buffers, class Handler> auto async_read_some(const Buffers &buffers, Handler &&handler) {
        reads++;
        if (encrypted) return encrypted->async_read_some(buffers, std::forward<Handler>(handler));
        return plain.async_read_some(buffers, std::forward<Handler>(handler));
    }

    template <class Buffers, class Handler> auto async_write_some(const Buffers &buffers, Handler &&handler) {
        writes++;
        if (encrypted) return encrypted->async_write_some(buffers, std::forward<Handler>(handler));
        return plain.async_write_some(buffers, std::forward<Handler>(handler));
    }

    /// How often bytes were asked for, and offered. While such an operation is under way, a count that stands still is a
    /// peer that sends nothing, or takes nothing.
    uint32_t reads = 0, writes = 0;

    /// Set when the peer has said its last word: the end of a WebSocket then needs no lingering.
    bool hasPeerFinished = false;

    void close() {
        error_code ignored;
        socket().close(ignored);
    }

private:
    Socket plain;  // moved from when there is TLS
    std::unique_ptr<TLSStream> encrypted;
};

// How Beast's WebSocket ends a stream: found by the names, in the namespace of the argument.
inline void beast_close_socket(ByteStream &stream) { stream.close(); }

/// After an orderly close the server hangs up at once (RFC 6455 section 7.1.1); after a violation Beast's own teardown waits
/// for the peer's end, because hanging up on unread input is a reset that may overtake the close frame.
template <class Handler> void async_teardown(boost::beast::role_type role, ByteStream &stream, Handler &&handler) {
    if (stream.hasPeerFinished)
        return asio::post(stream.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
    using boost::beast::websocket::async_teardown;
    if (auto *tls = stream.tls()) return async_teardown(role, *tls, std::forward<Handler>(handler));
    async_teardown(role, stream.socket(), std::forward<Handler>(handler));
}

}  // namespace transport
