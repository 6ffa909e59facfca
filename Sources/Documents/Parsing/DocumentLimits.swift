/// How much of a file is too much: every bound of parsing and chunking, in one place.
///
/// A file from outside may be broken or hostile. Whatever goes over a bound is refused with
/// ``DocumentError/tooLarge(_:value:limit:)``, or named in a warning; nothing is cut short silently.
package struct DocumentLimits: Hashable, Sendable {
    /// Bytes of the file as it arrives.
    package var inputBytes = 50 << 20

    /// Bytes after decompression.
    package var decompressedBytes = 100 << 20

    /// Decompressed by compressed bytes.
    ///
    /// Text rarely reaches 20, deflate's own ceiling is about 1,030; checked only from a mebibyte of output on, as
    /// short files of spaces compress well and harm nobody.
    package var decompressionRatio = 200

    /// UTF-8 bytes of all sections together: flattened JSON and CSV repeat their keys and may grow.
    package var textBytes = 100 << 20

    /// Levels of elements, objects or block quotes within one another.
    ///
    /// The parsers recurse at most this deep.
    package var nesting = 256

    /// Attributes of one HTML element: libxml2 compares each with all before it.
    package var attributes = 1_000

    /// Lines of Markdown that aren't blank, with the markers of lists and quotes before them.
    ///
    /// libcmark makes some nodes of 150 bytes of each.
    package var blocks = 1_000_000

    package var sections = 500_000
    package var chunks = 500_000

    /// UTF-8 bytes of a title, of a source and of a heading: every passage of the document may carry them.
    package var nameBytes = 1_024

    package var metadataEntries = 64
    package var metadataValueBytes = 4_096

    package var pages = 5_000

    /// Of the child process that reads PDF files: address space, processor time, and time on the clock.
    package var childMemoryBytes = 1 << 30
    package var childProcessorSeconds = 60
    package var childSeconds = 120

    package init() {}
}
