#include "loop.hpp"

#include <pthread.h>
#include <sys/eventfd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <deque>
#include <latch>

#include "server.hpp"

namespace transport {

namespace {
/// How exact deadlines are. One timer per loop and a walk over its connections is cheaper than a timer for each, which
/// every request would have to move.
constexpr auto tickInterval = std::chrono::milliseconds(100);
}  // namespace

Connected::Connected(Loop &loop) : loop(loop), server(loop.server) {
    server.connectionOpened();
    next = loop.first;
    if (next) next->previous = this;
    loop.first = this;
    loop.tick();
}

Connected::~Connected() {
    unlink();
    server.connectionClosed();
}

void Connected::unlink() {
    if (!isLinked) return;
    isLinked = false;
    if (loop.cursor == this) loop.cursor = next;
    (previous ? previous->next : loop.first) = next;
    if (next) next->previous = previous;
}

void Loop::start() {
    std::latch started(1);
    thread = std::thread([this, &started] {
        pthread_setname_np(pthread_self(), "http-io");
        started.count_down();
        context.run();
    });
    started.wait();
}

/// Asio keeps a small record for each descriptor that it has ever had at the same time, and makes it when the descriptor
/// comes. A record that lay between the buffers of connections would hold its page when they are gone: two thousand of them
/// eight megabytes. Many that are made at once lie together.
void Loop::prepare(int descriptors) {
    std::deque<asio::posix::basic_stream_descriptor<Executor>> placeholders;
    for (int i = 0; i < descriptors; i++) {
        int descriptor = eventfd(0, EFD_CLOEXEC);
        if (descriptor < 0) return;
        placeholders.emplace_back(context);
        error_code error;
        placeholders.back().assign(descriptor, error);
        if (!error) continue;
        close(descriptor);
        return;
    }
}

void Loop::stop() {
    guard.reset();
    context.stop();
    if (thread.joinable()) thread.join();
}

/// Ticks for as long as there are connections: an idle server sleeps.
void Loop::tick() {
    if (isTicking || !first) return;
    isTicking = true;
    timer.expires_after(tickInterval);
    timer.async_wait([this](error_code error) {
        isTicking = false;
        if (error) return;
        auto time = now();
        bool isOver = server.isPastDrain(time);
        each([&](Connected &connected) { isOver ? connected.kill() : connected.onTick(time); });
        tick();
    });
}

}  // namespace transport
