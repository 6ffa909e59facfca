package import ContextCore
package import Retrieval
import Runtime
import SQL

/// Confidence reports as training data, one JSON object a line, newest last.
///
/// The context of a turn is rebuilt from its manifest. Where its passages are gone the line says so instead of
/// inventing one: `context` is null in `raw`, and the system message is left out in the other formats.
package struct TrainingDataExport: Sendable {
    package enum Format: String, CaseIterable, Codable, Sendable {
        /// OpenAI's fine-tuning messages: context, query, response.
        case chat

        /// A low- and a high-confidence response to the same query of the same session.
        case preference

        /// Everything that is recorded.
        case raw
    }

    package struct Selection: Sendable {
        package var format: Format
        package var since: Timestamp?
        package var minimumConfidence: Double?

        /// Only turns whose context drew on this collection.
        package var collection: String?

        package init(
            format: Format = .chat,
            since: Timestamp? = nil,
            minimumConfidence: Double? = nil,
            collection: String? = nil
        ) {
            self.format = format
            self.since = since
            self.minimumConfidence = minimumConfidence
            self.collection = collection
        }
    }

    private let library: PassageLibrary

    package init(library: PassageLibrary) {
        self.library = library
    }

    /// Lends each line, without its newline, to `body`.
    ///
    /// Memory is bounded however many there are: of what is past only ``PreferencePairs`` are kept.
    package func forEachLine(
        _ selection: Selection,
        for principal: Principal,
        _ body: (String) async throws -> Void
    ) async throws {
        var last: Int64 = 0
        var pairs = PreferencePairs()
        while let report = try await next(after: &last, selection, principal) {
            guard let line = try await line(for: report, key: last, selection, principal, &pairs) else { continue }
            try await body(line.description)
        }
    }

    /// One report a read, so that no connection is held while a slow reader takes its time.
    private func next(
        after last: inout Int64,
        _ selection: Selection,
        _ principal: Principal
    ) async throws -> FeedbackStore.Report? {
        while true {
            let found = try await library.database.read { [last] in
                try await FeedbackStore.report(after: last, since: selection.since, on: $0)
            }
            guard let (key, report) = found else { return nil }
            last = key
            if principal.canRead(report.scope) { return report }
        }
    }

    private func line(
        for report: FeedbackStore.Report,
        key: Int64,
        _ selection: Selection,
        _ principal: Principal,
        _ pairs: inout PreferencePairs
    ) async throws -> JSONValue? {
        let manifest = try await manifest(of: report, principal)
        if let collection = selection.collection {
            let sources = Set(manifest?.candidates.filter(\.included).map(\.collection) ?? [])
            guard sources.contains(collection) else { return nil }
        }
        let isConfident = report.confidence >= selection.minimumConfidence ?? 0
        switch selection.format {
        case .raw:
            return isConfident ? TrainingLine.raw(report, context: try await context(of: manifest, principal)) : nil
        case .chat:
            return isConfident ? TrainingLine.chat(report, context: try await context(of: manifest, principal)) : nil
        case .preference:
            guard let pair = pairs.pair(with: report, key: key),
                let (rejected, chosen) = try await reports(of: pair),
                chosen.confidence >= selection.minimumConfidence ?? 0
            else { return nil }
            let manifest = try await self.manifest(of: chosen, principal)
            return TrainingLine.preference(rejected, chosen, context: try await context(of: manifest, principal))
        }
    }

    private func reports(
        of pair: PreferencePairs.Pair
    ) async throws -> (rejected: FeedbackStore.Report, chosen: FeedbackStore.Report)? {
        try await library.database.read { connection in
            guard let rejected = try await FeedbackStore.report(pair.rejected, on: connection),
                let chosen = try await FeedbackStore.report(pair.chosen, on: connection)
            else { return nil }
            return (rejected, chosen)
        }
    }

    private func manifest(of report: FeedbackStore.Report, _ principal: Principal) async throws -> ContextManifest? {
        guard let id = report.manifestID else { return nil }
        return try await library.database.read { try await ManifestStore.manifest(id, for: principal, on: $0) }
    }

    private func context(of manifest: ContextManifest?, _ principal: Principal) async throws -> String? {
        guard let manifest else { return nil }
        guard case .exact(let context) = try await ManifestReplay(of: manifest, from: library, for: principal) else {
            return nil
        }
        return context
    }
}

/// Finds two responses to one query of one session, the later one with clearly more or less confidence.
///
/// Of each query that is remembered there is the least sure response: its confidence, and the key by which it is read again.
struct PreferencePairs {
    /// The keys of two reports.
    struct Pair: Hashable {
        let rejected: Int64
        let chosen: Int64
    }

    private struct Mark {
        let key: Int64
        let confidence: Double
    }

    /// By the hash of scope, session and query, which may be long.
    private var lowest: [[UInt8]: Mark] = [:]

    /// The hashes in a ring; when it is full, `oldest` makes room.
    private var ring: [[UInt8]] = []
    private var oldest = 0
    private let limit: Int

    /// Confidences nearer than this say nothing about which response is better.
    private static let margin = 0.1

    /// - Parameter limit: queries that are remembered at once; the one that came up first can't pair any more when another
    ///   one needs its place.
    init(limit: Int = 10_000) {
        self.limit = max(1, limit)
    }

    mutating func pair(with report: FeedbackStore.Report, key: Int64) -> Pair? {
        let hash = SHA256.hash([report.scope.path, report.session, report.query].joined(separator: "\n").utf8)
        let mark = Mark(key: key, confidence: report.confidence)
        guard let earlier = lowest[hash] else {
            remember(mark, as: hash)
            return nil
        }
        if mark.confidence >= earlier.confidence + Self.margin { return Pair(rejected: earlier.key, chosen: key) }
        guard earlier.confidence >= mark.confidence + Self.margin else { return nil }
        lowest[hash] = mark
        return Pair(rejected: key, chosen: earlier.key)
    }

    private mutating func remember(_ mark: Mark, as hash: [UInt8]) {
        lowest[hash] = mark
        guard ring.count == limit else { return ring.append(hash) }
        lowest[ring[oldest]] = nil
        ring[oldest] = hash
        oldest = (oldest + 1) % limit
    }
}
