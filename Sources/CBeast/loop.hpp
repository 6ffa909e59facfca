// One thread that moves bytes, and everything that lives on it.
#pragma once

#include <thread>

#include "basics.hpp"

namespace transport {

struct Server;
class Loop;

/// Something with a client at the other end: it is counted, looked at by the clock, and told when the server drains.
///
/// It lives on one loop for its whole life, so it needs neither lock nor strand.
class Connected {
public:
    explicit Connected(Loop &loop);
    virtual ~Connected();
    Connected(const Connected &) = delete;
    Connected &operator=(const Connected &) = delete;

    virtual void onTick(int64_t now) = 0;
    virtual void drain() = 0;
    virtual void kill() = 0;

protected:
    Loop &loop;
    Server &server;
    /// Takes it off the loop's list; the count follows when the last reference goes.
    void unlink();

private:
    friend class Loop;
    Connected *previous = nullptr, *next = nullptr;
    bool isLinked = true;
};

/// An `io_context` run by one thread.
class Loop {
public:
    Loop(Server &server, uint32_t index) : context(1), server(server), index(index) {}

    asio::io_context context;
    Server &server;
    const uint32_t index;

    void start();
    void stop();
    /// Has Asio make its records for so many more descriptors.
    void prepare(int descriptors);
    bool isCurrent() const { return std::this_thread::get_id() == thread.get_id(); }

    /// Calls `function` for each connection; it may end that one or any other.
    template <class Function> void each(Function function) {
        for (auto *connected = first; connected; connected = cursor) {
            cursor = connected->next;
            function(*connected);
        }
        cursor = nullptr;
    }

    template <class Function> void run(Function &&function) {
        if (isCurrent())
            function();
        else
            asio::post(context, std::forward<Function>(function));
    }

private:
    friend class Connected;
    asio::executor_work_guard<Executor> guard{context.get_executor()};
    Timer timer{context};
    std::thread thread;
    Connected *first = nullptr;
    Connected *cursor = nullptr;  // the next of a walk under way, moved on when that one ends
    bool isTicking = false;

    void tick();
};

}  // namespace transport
