import CCurl
import Runtime
import Synchronization

/// libcurl's multi interface on one thread: all transfers of a client, their connections and their deadlines.
///
/// libcurl says which sockets it waits for and when it wants to be called without one; ``SocketPoll`` does the waiting. So a
/// round costs what has happened, and not what there is: five hundred silent streams cost nothing.
///
///     commands ─▶ libcurl ─▶ transfers change ─▶ their readers are woken, once each ─▶ wait
///
/// `@unchecked`: everything but `inbox` and `poll` is touched by ``run()`` only, which runs once and on one thread, and by
/// the callbacks that libcurl makes there.
final class CurlLoop: @unchecked Sendable {
    enum Command: Sendable {
        case start(Transfer)
        case resume(Transfer)
        case cancel(Transfer)
    }

    private struct Inbox {
        var commands: [Command] = []
        var isStopped = false
    }

    private let configuration: ClientConfiguration
    private let multi: UnsafeMutableRawPointer?
    private let inbox = Mutex(Inbox())
    private let poll = SocketPoll()
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]

    /// Those whose readers have something to see.
    private var changed: [Transfer] = []

    /// When libcurl wants to be called without a socket.
    private var alarm: MonotonicTime?
    private var nextTick = MonotonicTime.now

    /// How exact deadlines are.
    private static let tick = Duration.milliseconds(50)
    /// libcurl wants this once, before anything else.
    private static let initialized: Void = { _ = curl_global_init(Int(CURL_GLOBAL_ALL)) }()

    init(_ configuration: ClientConfiguration) {
        _ = Self.initialized
        self.configuration = configuration
        multi = curl_multi_init()
        ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.limits.connectionsPerHost ?? 0)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.limits.idleConnections)
        ccurl_multi_set_callbacks(multi, Self.watch, Self.setAlarm, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        // Connections that are closed now are watched by nobody any more.
        ccurl_multi_set_callbacks(multi, nil, nil, nil)
        curl_multi_cleanup(multi)
    }

    /// Any thread.
    func perform(_ command: Command) {
        let (isFirst, isStopped) = inbox.withLock { inbox in
            if !inbox.isStopped { inbox.commands.append(command) }
            return (inbox.commands.count == 1, inbox.isStopped)
        }
        if isStopped {
            if case .start(let transfer) = command { transfer.finish(.failure(Self.stopped)) }
        } else if isFirst {
            poll.ring()
        }
    }

    func stop() {
        inbox.withLock { $0.isStopped = true }
        poll.ring()
    }

    /// Blocks until ``stop()``.
    func run() {
        while true {
            let (commands, isStopped) = inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return (inbox.commands, inbox.isStopped)
            }
            for command in commands { obey(command) }
            if isStopped { break }
            if let alarm, alarm <= .now {
                self.alarm = nil
                act(on: CURL_SOCKET_TIMEOUT, 0)
            }
            cutExpired()
            wakeReaders()
            poll.wait(milliseconds: patience) { socket, readiness in
                act(on: socket, Self.selection(readiness))
                wakeReaders()
            }
        }
        for transfer in active.values { end(transfer, .failure(Self.stopped)) }
        wakeReaders()
    }

    private static let stopped = HTTPClientError(.stopped, "the HTTP client has been stopped")

    /// Milliseconds until something has to be done without being asked, rounded up; at most a minute.
    private var patience: Int32 {
        let next = [alarm, active.isEmpty ? nil : nextTick].compactMap { $0 }.min()
        guard let next else { return 60_000 }
        return Int32((min(next.seconds(since: .now), 60) * 1_000).rounded(.up))
    }

    private func obey(_ command: Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .resume(let transfer):
            guard let easy = transfer.easy else { return }
            // It delivers what was held back, at which a transfer may fail that libcurl tells nothing of later.
            let code = curl_easy_pause(easy.pointer, CURLPAUSE_CONT)
            if code != CURLE_OK { end(transfer, .failure(easy.error(code, url: transfer.request.address))) }
        case .cancel(let transfer): end(transfer, .failure(CancellationError()))
        }
    }

    private func start(_ transfer: Transfer) {
        guard !transfer.isFinished else { return }
        guard let easy = EasyHandle(transfer, configuration), curl_multi_add_handle(multi, easy.pointer) == CURLM_OK
        else {
            let error = HTTPClientError(.invalidRequest, "\(transfer.request.address): not a request that can be sent")
            return transfer.finish(.failure(error))
        }
        transfer.easy = easy
        transfer.began = .now
        active[easy.pointer] = transfer
    }

    private func act(on socket: curl_socket_t, _ selection: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, selection, &running)
        reap()
    }

    private func reap() {
        var code = CURLE_OK
        while let pointer = ccurl_multi_finished(multi, &code) {
            guard let transfer = active[pointer], let easy = transfer.easy else { continue }
            let result =
                code == CURLE_OK ? .success(()) : Result.failure(easy.error(code, url: transfer.request.address))
            end(transfer, result.mapError { $0 as any Error })
        }
    }

    private func cutExpired() {
        let now = MonotonicTime.now
        guard now >= nextTick else { return }
        nextTick = now.advanced(by: Self.tick)
        for transfer in active.values {
            if let error = transfer.expired(at: now) { end(transfer, .failure(error)) }
        }
    }

    /// Gives the handle back; a connection in the middle of a transfer is closed by that.
    private func end(_ transfer: Transfer, _ result: Result<Void, any Error>) {
        guard let easy = transfer.easy else { return }
        curl_multi_remove_handle(multi, easy.pointer)
        active[easy.pointer] = nil
        transfer.easy = nil
        transfer.change { $0.finish(result) }
    }

    // MARK: What a round brings

    /// Notes that a reader has something to see.
    ///
    /// It is woken when libcurl is through with the socket: a small answer's head, body and end then cost one wake-up.
    func note(_ transfer: Transfer) {
        guard !transfer.isNoted else { return }
        transfer.isNoted = true
        changed.append(transfer)
    }

    private func wakeReaders() {
        guard !changed.isEmpty else { return }
        for transfer in changed {
            transfer.isNoted = false
            transfer.wake()
        }
        changed.removeAll(keepingCapacity: true)
    }

    // MARK: libcurl's wishes

    private static let watch: curl_socket_callback = { _, socket, what, user, _ in
        guard let user else { return 0 }
        let poll = Unmanaged<CurlLoop>.fromOpaque(user).takeUnretainedValue().poll
        switch what {
        case CURL_POLL_IN: poll.watch(socket, for: .reading)
        case CURL_POLL_OUT: poll.watch(socket, for: .writing)
        case CURL_POLL_INOUT: poll.watch(socket, for: [.reading, .writing])
        default: poll.forget(socket)
        }
        return 0
    }

    private static let setAlarm: curl_multi_timer_callback = { _, milliseconds, user in
        guard let user else { return 0 }
        let loop = Unmanaged<CurlLoop>.fromOpaque(user).takeUnretainedValue()
        loop.alarm = milliseconds < 0 ? nil : MonotonicTime.now.advanced(by: .milliseconds(milliseconds))
        return 0
    }

    private static func selection(_ readiness: SocketPoll.Readiness) -> Int32 {
        var selection: Int32 = 0
        if readiness.contains(.reading) { selection |= CURL_CSELECT_IN }
        if readiness.contains(.writing) { selection |= CURL_CSELECT_OUT }
        if !readiness.isDisjoint(with: .failure) { selection |= CURL_CSELECT_ERR }
        return selection
    }
}
