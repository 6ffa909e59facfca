package import ContextCore
package import HTTP
package import Runtime
import Synchronization

/// Sends what happens to RAG sessions to another server, one event after the other, in their order.
///
/// An event only joins a queue, so no prompt waits for the other server, and none fails with it. An attempt that fails is
/// repeated after a pause that doubles; an event is given up after the last one, or at once when the other server says
/// that it is not wanted. What was dropped or given up is counted and logged. What waits when the process stops is lost:
/// nothing is to be built on these that the routes do not tell.
package final class RAGSessionWebhook: RAGSessionHook, Service {
    private let configuration: WebhookConfiguration
    private let url: String
    private let client: HTTPClient
    private let now: @Sendable () -> Timestamp
    private let log: Log
    private let bell = Bell()
    private let queue: Mutex<WebhookQueue<WebhookBody>>
    private let sent: Counter
    private let failed: Counter
    private let dropped: Counter

    /// `nil` where no address is configured.
    package init?(
        _ configuration: WebhookConfiguration,
        client: HTTPClient,
        metrics: Metrics,
        now: @escaping @Sendable () -> Timestamp,
        log: Log
    ) {
        guard let url = configuration.url else { return nil }
        self.configuration = configuration
        self.url = url
        self.client = client
        self.now = now
        self.log = log
        queue = Mutex(WebhookQueue(capacity: configuration.queue))
        func counter(_ outcome: String) -> Counter {
            metrics.counter(
                "roost_rag_webhook_events_total",
                "Events of RAG sessions for the webhook, by what became of them.",
                ["outcome": outcome]
            )
        }
        (sent, failed, dropped) = (counter("sent"), counter("failed"), counter("dropped"))
    }

    package func receive(_ event: RAGSessionEvent) {
        let body = WebhookBody(event)
        guard queue.withLock({ $0.append(body) }) else {
            dropped.increment()
            log.warning("the webhook's queue is full; an event is dropped", ["event": body.name])
            return
        }
        bell.ring()
    }

    package func run() async throws {
        defer {
            let waiting = queue.withLock { $0.count }
            if waiting > 0 { log.warning("events for the webhook are lost", ["count": "\(waiting)"]) }
        }
        while true {
            if let body = queue.withLock({ $0.next() }) {
                try await deliver(body)
            } else {
                try await bell.wait(for: .seconds(60))
            }
        }
    }

    private func deliver(_ body: WebhookBody) async throws {
        for attempt in 1...max(1, configuration.attempts) {
            if attempt > 1 { try await Task.pause(for: configuration.pause * (1 << min(attempt - 2, 10))) }
            switch await result(of: body) {
            case .taken:
                sent.increment()
                return
            case .refused(let reason):
                return giveUp(body, reason)
            case .unclear(let reason):
                try Task.checkCancellation()
                if attempt == configuration.attempts { return giveUp(body, reason) }
                log.debug("the webhook is tried again", ["event": body.name, "error": reason])
            }
        }
    }

    private func giveUp(_ body: WebhookBody, _ reason: String) {
        failed.increment()
        log.warning("the webhook did not take an event", ["event": body.name, "error": reason])
    }

    private enum Result {
        case taken

        /// Another attempt would end the same way.
        case refused(String)
        case unclear(String)
    }

    private func result(of body: WebhookBody) async -> Result {
        var timeouts = ClientConfiguration.Timeouts()
        timeouts.total = .seconds(configuration.timeoutSeconds)
        do {
            let answer = try await client.collect(request(body), limit: 65_536, timeouts: timeouts)
            switch answer.head.status.rawValue {
            case 200..<300: return .taken
            case 408, 425, 429, 500...: return .unclear("status \(answer.head.status)")
            default: return .refused("status \(answer.head.status)")
            }
        } catch {
            return .unclear("\(error)")
        }
    }

    private func request(_ body: WebhookBody) -> ClientRequest {
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "X-Roost-Event": body.name, "X-Roost-Delivery": body.delivery,
        ]
        if let secret = configuration.secret {
            headers["X-Roost-Signature"] = Self.signature(of: body.bytes, by: secret, at: now())
        }
        return ClientRequest(.post, url, headers: headers, body: body.bytes)
    }

    /// `t=SECONDS,v1=CODE`: HMAC-SHA-256 of the seconds, a dot and the body, in hexadecimal digits.
    ///
    /// The time is part of it, so that a receiver can refuse what somebody sends again later.
    static func signature(of body: [UInt8], by secret: Secret, at now: Timestamp) -> String {
        let seconds = now.milliseconds / 1_000
        let code = HMAC.sha256(of: Array("\(seconds).".utf8) + body, key: Array(secret.reveal().utf8))
        return "t=\(seconds),v1=\(SHA256.hexadecimal(code))"
    }
}
