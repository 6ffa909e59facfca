package import ContextCore
import Documents
import Embeddings
package import Runtime
import SQL

/// Reads the documents that were accepted, one after the other, oldest first.
///
/// What waits lies in the database, so a restart goes on where the process ended. A document that can't be read is marked
/// failed with its reason and does not hold up the others: one whose reading ends in an error that nobody foresaw goes
/// behind them, and fails after some attempts.
package struct UploadQueue: Service {
    /// Errors that nobody foresaw after which a document is given up.
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
        await PeriodicWork("reading documents", log: log).run {
            if try await readNext() == false { try await library.uploads.wait(for: .seconds(2)) }
            return .zero
        }
    }

    /// Reads the document that waits longest; `false` when none does.
    package func readNext() async throws -> Bool {
        guard let (upload, place) = try await next() else { return false }
        guard let (document, collection) = place else {
            try await library.database.transaction { try await UploadStore.delete(upload.document, on: $0) }
            return true
        }
        let draft = DocumentDraft(
            source: document.source,
            contentHash: document.contentHash,
            bytes: document.bytes,
            title: document.title,
            metadata: document.metadata
        )
        let input = DocumentReader.Input(
            bytes: upload.body,
            name: upload.name,
            contentType: upload.contentType,
            title: document.title,
            metadata: document.metadata
        )
        do {
            try await library.ingestSubmitted(draft, input, into: collection, at: now())
        } catch EmbeddingError.overloaded {
            // It waits until the embedder has worked off what came before.
            return false
        } catch let error as any Error & CustomStringConvertible where error is DocumentError || error is EmbeddingError
        {
            log.warning("a document could not be read", ["document": document.id, "reason": error.description])
            try await fail(draft, error.description, document.key, in: collection)
        } catch let error where !(error is CancellationError) {
            try await note(error, upload, draft, document, in: collection)
        }
        return true
    }

    /// Puts the document behind the others, or gives it up.
    ///
    /// - Throws: `error`, while there is an attempt left: what it comes from may befall the others as well.
    private func note(
        _ error: any Error,
        _ upload: UploadStore.Upload,
        _ draft: DocumentDraft,
        _ document: StoredDocument,
        in collection: PassageCollection
    ) async throws {
        guard upload.attempts + 1 >= attempts else {
            try await library.database.transaction { try await UploadStore.noteFailure(upload.document, on: $0) }
            throw error
        }
        log.error("a document was given up", ["document": document.id, "error": "\(error)"])
        let count = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
        let problem =
            "\(count) to read it ended in an error on the server; its log knows which. Submit it again to retry."
        try await fail(draft, problem, document.key, in: collection)
    }

    private typealias Place = (document: StoredDocument, collection: PassageCollection)

    /// The upload that waits longest with its document and collection, which it has lost when they are `nil`.
    ///
    /// One read: a submission from the same source in between would give the new document the old bytes.
    private func next() async throws -> (upload: UploadStore.Upload, place: Place?)? {
        try await library.database.read { connection in
            guard let upload = try await UploadStore.next(on: connection) else { return nil }
            guard let document = try await DocumentStore.document(key: upload.document, on: connection),
                let collection = try await CollectionStore.collection(document.collection, on: connection)
            else { return (upload, nil) }
            return (upload, (document, collection))
        }
    }

    private func fail(
        _ draft: DocumentDraft,
        _ problem: String,
        _ key: Int64,
        in collection: PassageCollection
    ) async throws {
        var outcome = DocumentStore.Outcome(.failed)
        outcome.problem = problem
        let moment = now().milliseconds
        try await library.database.transaction { [outcome] connection in
            if try await PassageLibrary.isOutdated(draft, in: collection, on: connection) { return }
            _ = try await DocumentStore.save(draft, outcome, in: collection, at: moment, on: connection)
            try await UploadStore.delete(key, on: connection)
            try await DocumentStore.wakeDuplicates(in: collection.key, on: connection)
        }
    }
}
