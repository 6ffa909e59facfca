// The listening socket, its loops, and what all connections share.
#pragma once

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "loop.hpp"

namespace transport {

/// A fault's answer, kept ready: it is sent when things go wrong.
struct FaultAnswer {
    int32_t status;
    std::string lines, body;
    void append(std::string &output) const;
};

struct Server {
    Server(const beast_configuration &configuration, const beast_callbacks &callbacks);

    beast_configuration configuration;  // its pointers are dead after start
    const beast_callbacks callbacks;
    std::vector<FaultAnswer> faults;
    std::unique_ptr<asio::ssl::context> tls;
    std::vector<std::unique_ptr<Loop>> loops;
    std::atomic<bool> isDraining{false};
    std::atomic<int64_t> connections{0};
    uint16_t port = 0;

    void listen();
    void run();
    void drain(uint32_t timeout);
    void stop();

    void connectionOpened() { connections++; }
    void connectionClosed();
    bool isPastDrain(int64_t now) const { return isDraining && now > drainDeadline; }

private:
    std::unique_ptr<Acceptor> acceptor;
    std::unique_ptr<Timer> pause;
    std::atomic<int64_t> drainDeadline{0};
    std::atomic<bool> hasStopped{false};
    size_t nextLoop = 0;
    int64_t preparedConnections = 0;

    void prepareDescriptors();
    void accept();
    void onAccept(error_code error, Socket socket, Loop &loop);
    void welcome(Socket socket, Loop &loop);
    void stopIfIdle();
};

/// Certificate and key from PEM files, TLS 1.2 or later, `http/1.1` as the only protocol. Throws what is wrong with them.
std::unique_ptr<asio::ssl::context> makeTLS(const char *certificate, const char *key);

}  // namespace transport

struct beast_server : transport::Server {
    using Server::Server;
};
