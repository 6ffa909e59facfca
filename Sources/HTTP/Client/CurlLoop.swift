import CCurl
import Runtime
import Synchronization

/// libcurl's multi interface on one thread: all transfers of a client, their connections and their deadlines.
///
/// `@unchecked`: `active` is touched by ``run()`` only, which runs once and on one thread; the multi handle likewise, but
/// for `curl_multi_wakeup`, which may be called on any.
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
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]

    /// How exact deadlines are, in milliseconds.
    private static let tick: Int32 = 50
    /// libcurl wants this once, before anything else.
    private static let initialized: Void = { _ = curl_global_init(Int(CURL_GLOBAL_ALL)) }()

    init(_ configuration: ClientConfiguration) {
        _ = Self.initialized
        self.configuration = configuration
        multi = curl_multi_init()
        ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.limits.connectionsPerHost)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.limits.idleConnections)
    }

    deinit { curl_multi_cleanup(multi) }

    /// Any thread.
    func perform(_ command: Command) {
        let isStopped = inbox.withLock { inbox in
            if !inbox.isStopped { inbox.commands.append(command) }
            return inbox.isStopped
        }
        if isStopped, case .start(let transfer) = command { transfer.change { $0.finish(.failure(Self.stopped)) } }
        curl_multi_wakeup(multi)
    }

    func stop() {
        inbox.withLock { $0.isStopped = true }
        curl_multi_wakeup(multi)
    }

    /// Blocks until ``stop()``.
    func run() {
        var isStopped = false
        while !isStopped {
            let commands = inbox.withLock { inbox in
                isStopped = inbox.isStopped
                defer { inbox.commands = [] }
                return inbox.commands
            }
            for command in commands { obey(command) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            reap()
            cutExpired()
            if !isStopped { curl_multi_poll(multi, nil, 0, active.isEmpty ? 60_000 : Self.tick, nil) }
        }
        for transfer in active.values { end(transfer, .failure(Self.stopped)) }
    }

    private static let stopped = HTTPClientError(.stopped, "the HTTP client has been stopped")

    private func obey(_ command: Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .resume(let transfer):
            if let easy = transfer.easy { curl_easy_pause(easy.pointer, CURLPAUSE_CONT) }
        case .cancel(let transfer): end(transfer, .failure(CancellationError()))
        }
    }

    private func start(_ transfer: Transfer) {
        guard !transfer.change(\.isFinished) else { return }
        guard let easy = EasyHandle(transfer, configuration), curl_multi_add_handle(multi, easy.pointer) == CURLM_OK
        else {
            let error = HTTPClientError(.invalidRequest, "\(transfer.request.address): not a request that can be sent")
            transfer.change { $0.finish(.failure(error)) }
            return
        }
        transfer.easy = easy
        transfer.began = .now
        active[easy.pointer] = transfer
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
}
