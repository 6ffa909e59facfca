import ContextCore
import ContextEngine
import HTTP
import Retrieval
import Runtime
import Synchronization

/// One client of `GET /v1/ws`, from the greeting to the end of its socket.
///
/// The shell around ``SocketSession``: one task receives, and carries out what touches the vectors before it receives again,
/// so the messages of one socket take effect in their order and a client that sends faster than it is answered is slowed
/// down by its own socket alone. Prompts are child tasks. Whatever ends the socket ends this function, and with it the
/// prompts and the vectors. Nothing that a client sends is logged.
final class SocketConversation: Sendable {
    /// Bytes up to which a message is read among the short work of all sessions: a third of a millisecond.
    private static let shortMessage = 131_072

    private let socket: WebSocket
    private let caller: RequestContext
    private let vectors: SessionVectors
    private let decoder: SocketMessageDecoder
    private let respond: SocketService.PromptOperation
    private let errors: ErrorRenderer
    private let counts: SocketCounts
    private let id: String
    private let session: Mutex<SocketSession>
    private let stops = Mutex<[SocketSession.Ticket: Latch<Void>]>([:])

    init(_ socket: WebSocket, for caller: RequestContext, at service: SocketService) {
        self.socket = socket
        id = Identifier.random("session_")
        self.caller = caller.inSession(id)
        vectors = service.store.openSession()
        decoder = service.decoder
        respond = service.respond
        errors = service.errors
        counts = service.counts
        session = Mutex(SocketSession(service.configuration))
    }

    func run() async throws {
        counts.open.add(1)
        defer {
            vectors.close()
            counts.open.add(-1)
        }
        let terms = SocketTerms(dimensions: decoder.dimensions, vectors: decoder.vectors, sockets: decoder.limits)
        try await send(SocketAnswer.connected(id, isRAGEnabled: session.withLock(\.isRAGEnabled), terms))
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            while let message = await socket.receive() {
                if message.bytes.count <= Self.shortMessage {
                    try await handle(message, &group)
                } else {
                    try await withTaskExecutorPreference(BackgroundExecutor.shared) {
                        try await handle(message, &group)
                    }
                }
            }
        }
    }

    private func send(_ bytes: [UInt8]) async throws {
        try await socket.send(WebSocketMessage(.text, bytes))
    }

    private func handle(_ message: WebSocketMessage, _ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws
    {
        counts.messages.increment()
        do {
            guard message.kind == .text else { throw RefusedMessage.binary }
            let message = try decoder.decode(message.bytes)
            do {
                let effect = try session.withLock { session throws(ContextError) in try session.receive(message) }
                try await carryOut(effect, message.reference, &group)
            } catch let error as ContextError {
                throw RefusedMessage(reference: message.reference, error: error)
            }
        } catch let refused as RefusedMessage {
            counts.refused.increment()
            try await send(SocketAnswer.error(refused.reference, refused.error))
        }
    }

    /// - Throws: ``ContextError`` when the client is told why not; anything else ends the socket.
    private func carryOut(
        _ effect: SocketSession.Effect,
        _ reference: MessageReference,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        switch effect {
        case .acknowledge(let initialization):
            let isRAGEnabled = session.withLock(\.isRAGEnabled)
            let id = initialization.sessionID ?? .string(id)
            try await send(SocketAnswer.initialized(reference, id, isRAGEnabled: isRAGEnabled))
        case .store(let upload):
            let stored = try await vectors.store(upload.vectors, replacing: upload.replaces)
            let refused = upload.refused + stored.rejected.map { $0.fault.sentence(for: $0.id) }
            try await send(SocketAnswer.uploaded(reference, stored.uploaded, refused: refused))
        case .find(let search): try await find(search, reference)
        case .delete(let ids):
            try await send(SocketAnswer.deleted(reference, try await vectors.delete(ids)))
        case .pong: try await send(SocketAnswer.pong(reference))
        case .start(let ticket, let request):
            let stop = Latch<Void>()
            stops.withLock { $0[ticket] = stop }
            group.addTask { try await self.answer(request, reference, ticket, stop) }
        case .stop(let tickets):
            for stop in stops.withLock({ stops in tickets.compactMap { stops[$0] } }) { stop.open() }
        }
    }

    private func find(_ search: SearchMessage, _ reference: MessageReference) async throws {
        let start = MonotonicTime.now
        let found = try await vectors.search(
            search.vector,
            count: search.count,
            threshold: search.threshold,
            filter: search.filter
        )
        let milliseconds = MonotonicTime.now.seconds(since: start) * 1_000
        try await send(SocketAnswer.found(reference, found, milliseconds: milliseconds))
    }

    /// Answers a prompt to its end, until it is stopped, or until the socket ends.
    private func answer(
        _ request: PromptRequest,
        _ reference: MessageReference,
        _ ticket: SocketSession.Ticket,
        _ stop: Latch<Void>
    ) async throws {
        let stream = PromptStream(reference, isWhole: !request.streams) { [socket] in
            try await socket.send(WebSocketMessage(.text, $0))
        }
        defer {
            session.withLock { $0.ended(ticket) }
            stops.withLock { $0[ticket] = nil }
        }
        do {
            let isStopped = try await run(until: stop) { [respond, vectors, caller] in
                try await respond(request, vectors, caller, stream.receive)
            }
            try await stream.end(isStopped ? .cancelled : .complete)
        } catch let error as TokenLimitExceeded {
            try await send(SocketAnswer.error(reference, error))
            try await stream.end(.error)
        } catch is ConnectionClosed {
            return
        } catch {
            guard !Task.isCancelled else { return }
            try await send(SocketAnswer.error(reference, errors.foreseen(error, request: caller.requestID)))
            try await stream.end(.error)
        }
    }

    /// Runs `body` to its end, or cancels it and waits for its end when `stop` is opened.
    ///
    /// - Returns: whether it was stopped.
    private func run(
        until stop: Latch<Void>,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await body()
                return false
            }
            group.addTask {
                try await stop.wait()
                return true
            }
            return try await group.next() ?? false
        }
    }
}

extension RefusedMessage {
    fileprivate static let binary = RefusedMessage(
        reference: MessageReference(),
        error: ContextError(.unsupportedMediaType, "Binary messages have no meaning here; send JSON as text.")
    )
}

extension RequestContext {
    /// The same caller, whose own place is the session: what is made here belongs there and ends with it.
    fileprivate func inSession(_ id: String) -> RequestContext {
        let scope = Scope(principal.home.components + [id]) ?? principal.home
        return RequestContext(principal: principal.moved(to: scope), now: now, requestID: requestID)
    }
}
