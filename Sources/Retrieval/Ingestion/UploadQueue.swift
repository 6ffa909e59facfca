package import ContextCore
import Documents
import Embeddings
package import Runtime
import SQL

/// Reads the documents that were accepted, one after the other, oldest first.
///
/// What waits lies in the database, so a restart goes on where the process ended. A document that can't be read is marked
/// failed with its reason and does not hold up the others: one whose reading ends in an error that nobody foresaw goes
/// behind them, and fails after some attempts. An attempt is written down before it is made, so that a document that takes
/// the process with it does not do so at every start.
package struct UploadQueue: Service {
    /// Attempts after which a document is given up that ended in an error that nobody foresaw, or with the process.
    package static let defaultAttempts = 5

    private let library: PassageLibrary
    private let attempts: Int
    private let now: @Sendable () -> Timestamp
    private let log: Log

    package init(
        library: PassageLibrary,
        attempts: Int = Self.defaultAttempts,
        now: @escaping @Sendable () -> Timestamp,
        log: Log
    ) {
        self.library = library
        self.attempts = attempts
        self.now = now
        self.log = log
    }

    package func run() async throws {
        var isStart = true
        await PeriodicWork("reading documents", log: log).run {
            if isStart { try await giveUpAbandoned() }
            isStart = false
            if try await readNext() == false { try await library.uploads.wait(for: .seconds(2)) }
            return .zero
        }
    }

    /// Gives up the documents with which the process ended too often.
    ///
    /// Only at the start: later, what was begun as often may be in the hands of another server on the same store.
    package func giveUpAbandoned() async throws {
        while let (upload, place) = try await find({ try await UploadStore.abandoned(after: attempts, on: $0) }) {
            if let place {
                try await giveUp(place, "the server ended while it was read")
            } else {
                try await drop(upload)
            }
        }
    }

    /// Reads the document that waits longest; `false` when none does.
    package func readNext() async throws -> Bool {
        guard let (upload, place) = try await find({ try await UploadStore.next(before: attempts, on: $0) })
        else { return false }
        guard let place else {
            try await drop(upload)
            return true
        }
        try await library.database.transaction { try await UploadStore.noteAttempt(upload.document, on: $0) }
        do {
            try await read(upload, of: place)
        } catch EmbeddingError.overloaded {
            // It waits until the embedder has worked off what came before.
            try await forgetAttempt(upload)
            return false
        } catch is CancellationError {
            try await shielded { try await forgetAttempt(upload) }
            throw CancellationError()
        } catch let error as any Error & CustomStringConvertible where error is DocumentError || error is EmbeddingError
        {
            log.warning("a document could not be read", ["document": place.document.id, "reason": error.description])
            try await fail(place, error.description)
        } catch {
            // What it comes from may befall the others as well.
            guard upload.attempts + 1 >= attempts else { throw error }
            try await giveUp(place, "\(error)")
        }
        return true
    }

    private func read(_ upload: UploadStore.Upload, of place: Place) async throws {
        let input = DocumentReader.Input(
            bytes: upload.body,
            name: upload.name,
            contentType: upload.contentType,
            title: place.document.title,
            metadata: place.document.metadata
        )
        try await library.ingestSubmitted(place.draft, input, into: place.collection, at: now())
    }

    private struct Place {
        let document: StoredDocument
        let collection: PassageCollection

        var draft: DocumentDraft {
            DocumentDraft(
                source: document.source,
                contentHash: document.contentHash,
                bytes: document.bytes,
                title: document.title,
                metadata: document.metadata
            )
        }
    }

    /// An upload with its document and collection, which it has lost when they are `nil`.
    ///
    /// One read: a submission from the same source in between would give the new document the old bytes.
    private func find(
        _ upload: (DatabaseConnection) async throws -> UploadStore.Upload?
    ) async throws -> (upload: UploadStore.Upload, place: Place?)? {
        try await library.database.read { connection in
            guard let upload = try await upload(connection) else { return nil }
            guard let document = try await DocumentStore.document(key: upload.document, on: connection),
                let collection = try await CollectionStore.collection(document.collection, on: connection)
            else { return (upload, nil) }
            return (upload, Place(document: document, collection: collection))
        }
    }

    private func forgetAttempt(_ upload: UploadStore.Upload) async throws {
        try await library.database.transaction { try await UploadStore.forgetAttempt(upload.document, on: $0) }
    }

    private func drop(_ upload: UploadStore.Upload) async throws {
        try await library.database.transaction { try await UploadStore.delete(upload.document, on: $0) }
    }

    private func giveUp(_ place: Place, _ error: String) async throws {
        log.error("a document was given up", ["document": place.document.id, "error": error])
        let count = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
        let problem =
            "\(count) to read it ended in an error on the server; its log knows which. Submit it again to retry."
        try await fail(place, problem)
    }

    private func fail(_ place: Place, _ problem: String) async throws {
        var outcome = DocumentStore.Outcome(.failed)
        outcome.problem = problem
        let (draft, moment) = (place.draft, now().milliseconds)
        try await library.database.transaction { [outcome] connection in
            if try await PassageLibrary.isOutdated(draft, in: place.collection, on: connection) { return }
            _ = try await DocumentStore.save(draft, outcome, in: place.collection, at: moment, on: connection)
            try await UploadStore.delete(place.document.key, on: connection)
            try await DocumentStore.wakeDuplicates(in: place.collection.key, on: connection)
        }
    }
}
