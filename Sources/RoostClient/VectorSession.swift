import Foundation
import Synchronization

/// A session of vectors: yours alone, in the server's memory alone, for as long as the connection lives.
///
/// When the connection is lost, however, the server has forgotten the vectors. Then every call throws
/// ``RoostError/connectionLost(_:)``, and what to do is up to you: connect anew and upload again. With
/// ``ClientOptions/resumesUploads`` the session does that by itself: it keeps a copy of what it has uploaded, and the next
/// call connects, uploads the copy, and goes on. A prompt that was being answered ends with the error in either case.
///
/// Any number of tasks may use one session.
public final class VectorSession: Sendable {
    private struct State {
        var connection: Connection
        var kept = KeptVectors()
        var isClosed = false
    }

    private let client: RoostClient
    private let state: Mutex<State>

    init(_ client: RoostClient, _ connection: Connection) {
        self.client = client
        state = Mutex(State(connection: connection))
    }

    deinit { close() }

    /// The server's name for the session; another one after a reconnection.
    public var id: String { state.withLock(\.connection.sessionID) }

    /// Ends the session.
    ///
    /// The server forgets its vectors; calls that wait throw.
    public func close() {
        let connection = state.withLock { state in
            state.isClosed = true
            return state.connection
        }
        connection.close()
    }

    /// The session's vectors most like `vector`, best first.
    ///
    /// - Parameters:
    ///   - k: how many at most, 1 to 100.
    ///   - threshold: the least score, 0 to 1.
    ///   - filter: which vectors may be found: `Field("source") == "a.pdf"`.
    public func search(
        _ vector: [Float],
        k: Int = 5,
        threshold: Double? = nil,
        filter: Filter? = nil
    ) async throws -> SearchReport {
        let answer = try await perform { connection in
            try await connection.request { id in
                try ClientMessage.search(vector, k: k, threshold: threshold, filter: filter, id: id)
            }
        }
        return SearchReport(
            hits: (answer.results ?? []).map { .init(id: $0.id.text, score: $0.score, metadata: $0.metadata ?? [:]) },
            totalVectors: answer.totalVectors ?? 0,
            milliseconds: answer.searchTimeMs ?? 0
        )
    }

    /// - Returns: how many of them there were.
    @discardableResult
    public func delete(_ ids: [String]) async throws -> Int {
        try await perform { connection in
            let undo = state.withLock { $0.kept.remove(ids) }
            do {
                return try await connection.request { try ClientMessage.delete(ids, id: $0) }.deleted ?? 0
            } catch let error as RoostError {
                if case .refused = error { takeBack(undo) }
                throw error
            }
        }
    }

    /// How long the server takes to say that it is there.
    @discardableResult
    public func ping() async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await perform { try await $0.request { ClientMessage.ping(id: $0) } }
        return start.duration(to: clock.now)
    }

    /// Asks the server's model, with the help of the session's vectors.
    ///
    /// ```swift
    /// for try await event in try await session.ask("When is the lamp lit?") {
    ///     if case .text(let piece) = event { print(piece, terminator: "") }
    /// }
    /// ```
    ///
    /// Leaving the loop early stops the model.
    public func ask(
        _ prompt: String,
        _ options: AskOptions = AskOptions()
    ) async throws -> AsyncThrowingStream<AnswerEvent, any Error> {
        try await perform { connection in
            try connection.ask { try ClientMessage.prompt(prompt, options, id: $0) }
        }
    }
}

extension VectorSession {
    /// Uploads the vectors in as many messages as they need.
    ///
    /// A bad vector is rejected alone: it is counted, and the report has a sentence about it. A busy server is asked again,
    /// as ``RetryPolicy`` says.
    ///
    /// - Parameter replacing: clears the session first.
    /// - Throws: ``RoostError/uploadStopped(_:cause:)`` when some messages were stored and a further one was refused.
    @discardableResult
    public func upload(_ vectors: some Sequence<SessionVector>, replacing: Bool = false) async throws -> UploadReport {
        let vectors = Array(vectors)
        let batches = try batches(of: vectors, replacing: replacing)
        return try await perform { connection in
            var report = UploadReport()
            var start = 0
            for (number, batch) in batches.enumerated() {
                let end = start + batch.count
                let undo = keep(vectors[start..<end], replacing: replacing && number == 0)
                do {
                    report.add(try await send(batch, replacing: replacing && number == 0, over: connection))
                } catch let error as RoostError {
                    if case .refused = error { takeBack(undo) }
                    throw number > 0 && !error.isLoss ? .uploadStopped(report, cause: error) : error
                }
                start = end
            }
            return report
        }
    }

    private func batches(of vectors: [SessionVector], replacing: Bool) throws -> [UploadBatches.Batch] {
        var batches = UploadBatches(
            vectorsPerMessage: client.options.vectorsPerMessage,
            bytesPerMessage: client.options.bytesPerMessage
        )
        for vector in vectors { try batches.add(vector) }
        // Nothing in place of everything is an upload, too.
        return batches.batches.isEmpty && replacing ? [UploadBatches.Batch()] : batches.batches
    }

    private func send(
        _ batch: UploadBatches.Batch,
        replacing: Bool,
        over connection: Connection
    ) async throws -> ServerMessage {
        try await client.options.retry.run {
            try await connection.request { ClientMessage.upload(batch, replacing: replacing, id: $0) }
        }
    }

    /// Before the upload is sent: a connection that is lost just then is made anew with it.
    private func keep(_ vectors: ArraySlice<SessionVector>, replacing: Bool) -> KeptVectors.Undo? {
        guard client.options.resumesUploads else { return nil }
        return state.withLock { $0.kept.store(vectors, replacing: replacing) }
    }

    private func takeBack(_ undo: KeptVectors.Undo?) {
        guard let undo else { return }
        state.withLock { $0.kept.takeBack(undo) }
    }
}

extension VectorSession {
    /// Runs `body` over the connection, and once more over a new one if it was lost and the session may resume.
    ///
    /// What a call asks for may so be done twice, and each call is such that this makes no difference.
    private func perform<Result>(_ body: (Connection) async throws -> Result) async throws -> Result {
        do {
            return try await body(state.withLock(\.connection))
        } catch let error as RoostError where error.isLoss && client.options.resumesUploads {
            return try await body(try await resume())
        }
    }

    /// A new connection that holds what the lost one held.
    ///
    /// Of several calls that find the connection lost each makes one; the first that is ready stays.
    private func resume() async throws -> Connection {
        if let other = try living() { return other }
        let connection = try await client.open()
        for batch in try batches(of: state.withLock(\.kept.all), replacing: false) {
            _ = try await send(batch, replacing: false, over: connection)
        }
        return try state.withLock { state in
            guard !state.isClosed else { throw Self.closed }
            if state.connection.hasEnded { state.connection = connection }
            return state.connection
        }
    }

    private func living() throws -> Connection? {
        try state.withLock { state in
            guard !state.isClosed else { throw Self.closed }
            return state.connection.hasEnded ? nil : state.connection
        }
    }

    private static let closed = RoostError.connectionLost("it was closed by this client.")
}

extension RoostError {
    fileprivate var isLoss: Bool { if case .connectionLost = self { true } else { false } }
}

extension UploadReport {
    fileprivate mutating func add(_ answer: ServerMessage) {
        uploaded += answer.uploaded ?? 0
        rejected += answer.rejected ?? 0
        errors += answer.errors ?? []
    }
}
