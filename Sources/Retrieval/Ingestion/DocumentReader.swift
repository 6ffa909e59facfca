package import ContextCore
package import Documents
import Runtime

/// A file's bytes become passages of a collection.
///
/// Parsing may take seconds and may wait for a child process, so it happens on a thread of its own and never on Swift's pool.
package struct DocumentReader: Sendable {
    private let parser: DocumentParser
    private let tokens: TokenCounter

    /// Word pieces that the embedder sees of a passage.
    private let window: Int

    /// UTF-8 bytes of the metadata that all passages of a document carry.
    private let metadataBytes: Int
    private let threads: [BlockingExecutor]

    package init(
        parser: DocumentParser = DocumentParser(),
        tokens: TokenCounter,
        window: Int,
        metadataBytes: Int = PassageLimits().documentMetadataBytes,
        threads: Int = 2
    ) {
        self.parser = parser
        self.tokens = tokens
        self.window = window
        self.metadataBytes = metadataBytes
        self.threads = (0..<max(1, threads)).map { BlockingExecutor(name: "roost.documents.\($0)") }
    }

    var limits: DocumentLimits { parser.limits }

    /// A document's passages, before they have a document.
    package struct Reading: Sendable {
        package let title: String?
        package let warnings: [String]
        package let drafts: [PassageDraft]
    }

    /// What is to be read.
    package struct Input: Sendable {
        package let bytes: [UInt8]

        /// What passages are called after: a relative path or a title.
        package let name: String
        package var contentType: String?
        package var title: String?
        package var metadata: JSONValue

        package init(
            bytes: [UInt8],
            name: String,
            contentType: String? = nil,
            title: String? = nil,
            metadata: JSONValue = .emptyObject
        ) {
            self.bytes = bytes
            self.name = name
            self.contentType = contentType
            self.title = title
            self.metadata = metadata
        }
    }

    /// - Throws: ``DocumentError`` for what cannot be read.
    package func read(_ input: Input, as kind: PassageKind) async throws -> Reading {
        let thread = threads[Int.random(in: threads.indices)]
        return try await thread.run { try parse(input, as: kind) }
    }

    private func parse(_ input: Input, as kind: PassageKind) throws -> Reading {
        let document = try parser.parse(input.bytes, name: input.name, contentType: input.contentType)
        let title = input.title ?? document.title
        let naming = PassageNaming(name: input.name, title: title, kind: kind)
        let chunker = Chunker(
            maximumTokens: max(window / 4, window - tokens.count(naming.overhead)),
            limits: parser.limits,
            counter: tokens.count
        )
        var warnings = document.warnings
        let common = metadata(of: document, with: input.metadata, &warnings)
        let drafts = try chunker.chunks(of: document).map { chunk in
            PassageDraft(fields: naming.fields(of: chunk), metadata: naming.metadata(of: chunk, over: common))
        }
        return Reading(title: title, warnings: warnings, drafts: drafts)
    }

    /// What was sent with the document, and of what it says itself as much as there is room for beside it, in alphabetical order.
    private func metadata(
        of document: ParsedDocument,
        with sent: JSONValue,
        _ warnings: inout [String]
    ) -> JSONValue {
        var metadata = sent
        for (key, value) in document.metadata.sorted(by: { $0.key < $1.key }) {
            let more = JSONValue.object([key: .string(value)]).merging(metadata)
            let bytes = more.description.utf8.count
            if bytes <= metadataBytes {
                metadata = more
            } else {
                warnings.append(
                    "The metadata entry “\(key.clipped(to: 64))” was left out: "
                        + "with it there are \(bytes) bytes of metadata (max: \(metadataBytes))."
                )
            }
        }
        return metadata
    }
}

/// How the chunks of one document are called and which fields they fill.
struct PassageNaming {
    let name: String
    let title: String?
    let kind: PassageKind

    private static let separator = " › "

    /// A longer word after a fence is no language, and every passage of the code would carry it.
    private static let longestLanguage = 64

    /// What every passage of the document carries besides its text.
    var overhead: String {
        kind == .code ? name + " markdown" : [title, name].compactMap(\.self).joined(separator: " ")
    }

    func fields(of chunk: Chunk) -> [String: String] {
        let place = headings(of: chunk)
        var fields = [kind.body: chunk.text]
        switch kind {
        case .code:
            fields["file"] = ([name] + place).joined(separator: Self.separator)
            fields["language"] = language(of: chunk)
        case .text:
            let path = place.first == title ? place : [title].compactMap(\.self) + place
            fields["title"] = path.isEmpty ? nil : path.joined(separator: Self.separator)
            fields["source"] = name
        case .errorSolution, .practice:
            fields[kind.heading] = place.isEmpty ? title ?? name : place.joined(separator: Self.separator)
            fields["source"] = name
        }
        return fields
    }

    func metadata(of chunk: Chunk, over common: JSONValue) -> JSONValue {
        var own: [String: JSONValue] = ["document": .string(title ?? name)]
        let place = headings(of: chunk)
        if !place.isEmpty { own["heading"] = .string(place.joined(separator: Self.separator)) }
        switch chunk.location {
        case .line(let line): own["line"] = .number(Double(line))
        case .page(let page): own["page"] = .number(Double(page))
        case nil: break
        }
        return JSONValue.object(own).merging(common)
    }

    /// The chunk's heading line without the file's own name, which stands before it anyway.
    private func headings(of chunk: Chunk) -> [String] {
        let parts = chunk.context.isEmpty ? [] : chunk.context.components(by: Self.separator)
        let base = name.split(separator: "/").last.map(String.init)
        return parts.first == base ? Array(parts.dropFirst()) : parts
    }

    private func language(of chunk: Chunk) -> String? {
        switch chunk.kind {
        case .code(let language): language.flatMap { $0.utf8.count <= Self.longestLanguage ? $0 : nil } ?? "text"
        case .prose, .table, .record: nil
        }
    }
}

extension String {
    fileprivate func components(by separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: true).map(String.init)
    }
}
