/// What a file says, in reading order, freed of its format.
package struct ParsedDocument: Hashable, Sendable {
    package var title: String?

    /// As the document declares it (`en`, `de-AT`); never guessed.
    package var language: String?

    package var sections: [Section]

    /// What the document says about itself: front matter, `<meta>`, a PDF's information dictionary.
    ///
    /// Bounded by ``DocumentLimits/metadataEntries`` and ``DocumentLimits/metadataValueBytes``.
    package var metadata: [String: String]

    /// What was guessed, repaired or left out, each a sentence for the person who uploaded the file.
    package var warnings: [String]

    package init(
        title: String? = nil,
        language: String? = nil,
        sections: [Section] = [],
        metadata: [String: String] = [:],
        warnings: [String] = []
    ) {
        self.title = title
        self.language = language
        self.sections = sections
        self.metadata = metadata
        self.warnings = warnings
    }
}

/// A stretch of a document that belongs together: a paragraph, a list, a table, a function, a record.
package struct Section: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case prose
        /// The language as the document names it: `swift` of a fence, the file's own of source code.
        case code(language: String?)
        case table
        case record
    }

    /// The headings above it, outermost first; in source code file, types, function.
    package var headingPath: [String]

    /// Never empty.
    package var text: String

    package var kind: Kind

    package var location: SourceLocation?

    /// Whether `text` stands in the file line by line, so that a line within it has a line in the file.
    package var isVerbatim: Bool

    package init(
        headingPath: [String] = [],
        text: String,
        kind: Kind = .prose,
        location: SourceLocation? = nil,
        isVerbatim: Bool = false
    ) {
        self.headingPath = headingPath
        self.text = text
        self.kind = kind
        self.location = location
        self.isVerbatim = isVerbatim
    }
}

/// Where a text begins in its file, counted from 1.
package enum SourceLocation: Hashable, Sendable {
    case line(Int)
    case page(Int)
}
