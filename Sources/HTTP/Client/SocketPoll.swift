import CEpoll
import Glibc

/// Waits until one of many sockets is ready, or until another thread rings (epoll(7), eventfd(2)).
///
/// What it costs does not grow with the sockets that are silent.
///
/// One thread waits; ``ring()`` may be called on any, and the descriptors never change, hence `Sendable`.
final class SocketPoll: Sendable {
    /// What a socket is ready for, or is waited for.
    struct Readiness: OptionSet {
        let rawValue: UInt32
        static let reading = Readiness(rawValue: EPOLLIN.rawValue)
        static let writing = Readiness(rawValue: EPOLLOUT.rawValue)
        /// It has failed or its peer has gone; reported always.
        static let failure = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    }

    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    /// Sockets that are told of in one go.
    private static let batch = 64

    init() {
        // Without descriptors nothing can be asked of anybody, and there is no sensible way to go on.
        precondition(poll >= 0 && bell >= 0, "the process has no descriptors left (errno \(errno))")
        watch(bell, for: .reading)
    }

    deinit {
        close(bell)
        close(poll)
    }

    /// Waits for this from now on, in place of what the socket was waited for before.
    func watch(_ socket: Int32, for readiness: Readiness) {
        var event = epoll_event(events: readiness.rawValue, data: epoll_data_t(fd: socket))
        guard epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event) != 0, errno == ENOENT else { return }
        epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event)
    }

    func forget(_ socket: Int32) {
        var event = epoll_event()
        epoll_ctl(poll, EPOLL_CTL_DEL, socket, &event)
    }

    /// Ends the wait that is under way, or the next one.
    func ring() {
        eventfd_write(bell, 1)
    }

    /// Calls `body` with each socket that is ready; returns at the latest after so many milliseconds.
    func wait(milliseconds: Int32, _ body: (_ socket: Int32, _ readiness: Readiness) -> Void) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
            let count = epoll_wait(poll, events.baseAddress, Int32(events.count), milliseconds)
            for event in events.prefix(Int(max(0, count))) {
                if event.data.fd == bell {
                    var rings: eventfd_t = 0
                    eventfd_read(bell, &rings)
                } else {
                    body(event.data.fd, Readiness(rawValue: event.events))
                }
            }
        }
    }
}
