import ContextCore
import ContextEngine

/// What one socket remembers between its messages, and what follows from each.
///
/// A value without a clock, a lock or a socket: a message goes in, an effect comes out. Effects that touch the vectors
/// are carried out one after the other in the order of the messages, so a search sees the upload before it. Prompts run beside
/// them and beside each other, each under the name that its client gave it.
///
///     prompt      names a running one ─▶ refused      too many ─▶ refused      else ─▶ starts, is running
///     cancel      names a running one ─▶ stops it     no name ─▶ stops all     else ─▶ refused
///     ended       ─▶ is not running any more
struct SocketSession {
    /// One prompt of this socket; never used again.
    typealias Ticket = Int

    enum Effect {
        case acknowledge(SessionInitialization)
        case store(UploadMessage)
        case find(SearchMessage)
        case delete([ClientID])
        case pong
        case start(Ticket, PromptRequest)
        case stop([Ticket])
    }

    private(set) var isRAGEnabled: Bool
    private let mayUseRAG: Bool
    private let limits: SocketLimits
    private var running: [Ticket: ClientID?] = [:]
    private var nextTicket: Ticket = 1

    init(_ configuration: SocketConfiguration = SocketConfiguration()) {
        mayUseRAG = configuration.isRAGEnabled
        limits = configuration.limits
        isRAGEnabled = mayUseRAG
    }

    /// Prompts that are being answered.
    var prompts: Int { running.count }

    /// - Throws: ``ContextError`` when the message is refused; nothing has changed then.
    mutating func receive(_ message: SocketMessage) throws(ContextError) -> Effect {
        switch message.content {
        case .initialize(let initialization):
            isRAGEnabled = mayUseRAG && initialization.enablesRAG ?? isRAGEnabled
            return .acknowledge(initialization)
        case .upload(let upload):
            try requireRAG()
            return .store(upload)
        case .search(let search):
            try requireRAG()
            return .find(search)
        case .delete(let ids):
            try requireRAG()
            return .delete(ids)
        case .ping: return .pong
        case .prompt(let request): return try start(request, as: message.reference.prompt)
        case .cancel: return try stop(message.reference.prompt)
        }
    }

    mutating func ended(_ ticket: Ticket) { running[ticket] = nil }

    private func requireRAG() throws(ContextError) {
        guard isRAGEnabled else { throw ContextError(.unprocessable, "RAG not enabled for this session") }
    }

    private mutating func start(_ request: PromptRequest, as id: ClientID?) throws(ContextError) -> Effect {
        if request.vectors != nil { try requireRAG() }
        if let id, running.values.contains(id) {
            throw ContextError(
                .conflict,
                "A prompt “\(id.text.clipped(to: 80))” is being answered; give this one another id."
            )
        }
        guard running.count < limits.promptsAtOnce else {
            throw ContextError(
                .rateLimited,
                "\(running.count) prompts of this session are being answered (max: \(limits.promptsAtOnce)). Wait for one to end.",
                retryAfter: 1
            )
        }
        defer { nextTicket += 1 }
        running[nextTicket] = .some(id)
        return .start(nextTicket, request)
    }

    private func stop(_ id: ClientID?) throws(ContextError) -> Effect {
        guard !running.isEmpty else { throw ContextError(.notFound, "No prompt is being answered; it may have ended.") }
        guard let id else { return .stop(running.keys.sorted()) }
        let tickets = running.filter { $0.value == id }.keys.sorted()
        guard !tickets.isEmpty else {
            throw ContextError(
                .notFound,
                "No prompt “\(id.text.clipped(to: 80))” is being answered; it may have ended."
            )
        }
        return .stop(tickets)
    }
}
