#include "server.hpp"

#include <algorithm>
#include <cstdio>

#include "http_connection.hpp"
#include "response_head.hpp"

namespace transport {

namespace {
/// Connections above the limit that still are told why, as a part of the limit; those above that are only closed.
constexpr int64_t refusedShare = 8, refusedLeast = 16;
/// Out of descriptors, most likely: breathe, don't spin.
constexpr auto acceptPause = std::chrono::milliseconds(100);
constexpr int backlog = 1024;
/// Descriptors of a loop that are prepared together.
constexpr int preparedDescriptors = 128;
}  // namespace

void FaultAnswer::append(std::string &output) const {
    ResponseHead{.status = status, .lines = lines, .length = body.size()}.append(output);
    output += body;
}

Server::Server(const beast_configuration &configuration, const beast_callbacks &callbacks)
    : configuration(configuration), callbacks(callbacks) {
    for (int i = 0; i < BEAST_FAULT_COUNT; i++) {
        auto &answer = configuration.faults[i];
        faults.push_back({answer.status, std::string(view(answer.fields)), std::string(view(answer.body))});
    }
    if (configuration.certificate && configuration.private_key)
        tls = makeTLS(configuration.certificate, configuration.private_key);
    auto count = std::max<uint32_t>(1, configuration.io_threads);
    for (uint32_t i = 0; i < count; i++) loops.push_back(std::make_unique<Loop>(*this, i));
}

void Server::listen() {
    tcp::endpoint endpoint(asio::ip::make_address(configuration.host), configuration.port);
    acceptor = std::make_unique<Acceptor>(loops[0]->context);
    pause = std::make_unique<Timer>(loops[0]->context);
    acceptor->open(endpoint.protocol());
    acceptor->set_option(asio::socket_base::reuse_address(true));
    acceptor->bind(endpoint);
    acceptor->listen(backlog);
    port = acceptor->local_endpoint().port();
}

void Server::run() {
    for (auto &loop : loops) loop->start();
    asio::post(loops[0]->context, [this] { accept(); });
}

/// Connections go round the loops, so each has about the same number.
void Server::prepareDescriptors() {
    if (connections < preparedConnections) return;
    preparedConnections = connections + preparedDescriptors / 2 * int64_t(loops.size());
    for (auto &loop : loops) loop->prepare(preparedDescriptors);
}

void Server::accept() {
    prepareDescriptors();
    auto &loop = *loops[nextLoop++ % loops.size()];
    acceptor->async_accept(loop.context, [this, &loop](error_code error, Socket socket) {
        onAccept(error, std::move(socket), loop);
    });
}

void Server::onAccept(error_code error, Socket socket, Loop &loop) {
    if (isDraining || error == asio::error::operation_aborted) return;
    if (error) {
        pause->expires_after(acceptPause);
        pause->async_wait([this](error_code cancelled) {
            if (!cancelled && !isDraining) accept();
        });
        return;
    }
    loop.run([this, &loop, socket = std::move(socket)]() mutable { welcome(std::move(socket), loop); });
    accept();
}

void Server::welcome(Socket socket, Loop &loop) {
    int64_t limit = configuration.connections, surplus = std::max(limit / refusedShare, refusedLeast);
    auto others = connections.load();
    if (isDraining || others >= limit + surplus) return;  // the socket closes itself
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<HTTPConnection>(loop, std::move(socket));
    others >= limit ? connection->startRefused() : connection->start();
}

void Server::connectionClosed() {
    if (--connections == 0 && isDraining) stopIfIdle();
}

void Server::drain(uint32_t timeout) {
    drainDeadline = now() + timeout;
    if (isDraining.exchange(true)) return;
    asio::post(loops[0]->context, [this] {
        error_code ignored;
        acceptor->close(ignored);
        pause->cancel();
        stopIfIdle();
    });
    for (auto &loop : loops)
        asio::post(loop->context, [&loop] { loop->each([](Connected &connected) { connected.drain(); }); });
}

void Server::stopIfIdle() {
    if (connections == 0 && !hasStopped.exchange(true)) callbacks.on_stopped(callbacks.context);
}

void Server::stop() {
    for (auto &loop : loops) loop->stop();
}

}  // namespace transport

extern "C" {

beast_server *beast_server_start(const beast_configuration *configuration, const beast_callbacks *callbacks, char *error,
                                 size_t errorSize) {
    try {
        auto server = std::make_unique<beast_server>(*configuration, *callbacks);
        server->listen();
        server->run();
        return server.release();
    } catch (const std::exception &exception) {
        snprintf(error, errorSize, "%s", exception.what());
        return nullptr;
    }
}

uint16_t beast_server_port(beast_server *server) { return server->port; }
int64_t beast_server_connections(beast_server *server) { return server->connections; }
void beast_server_drain(beast_server *server, uint32_t timeout) { server->drain(timeout); }

void beast_server_destroy(beast_server *server) {
    server->stop();
    delete server;
}

void beast_server_post(beast_server *server, uint32_t loop, void (*function)(void *, void *), void *first, void *second) {
    boost::asio::post(server->loops[loop % server->loops.size()]->context, [=] { function(first, second); });
}
}
