/// A stretch of a document that is small enough to embed, with what is needed to understand it alone.
package struct Chunk: Hashable, Sendable {
    /// As it stands in the sections.
    package let text: String

    /// The headings above all of it, outermost first.
    package let headingPath: [String]

    /// What goes in front of `text` before it is embedded: the heading path as one line, without its outer headings
    /// where they would take more than their share.
    ///
    /// Empty if there are no headings.
    package let context: String

    /// Prose if it holds several kinds.
    package let kind: Section.Kind

    /// From 0, without gaps, in the order of the document: neighbours are ordinals ± 1.
    package let ordinal: Int

    /// Where its first line stands.
    package let location: SourceLocation?

    /// Of `contextualText`.
    package let tokens: Int

    /// What is to be embedded, and to be shown where the chunk stands alone.
    package var contextualText: String { context.isEmpty ? text : context + "\n\n" + text }
}
