/// The sections found so far, and the guard that there are not too many.
struct SectionCollector {
    private(set) var sections: [Section] = []
    private var bytes = 0
    private let limits: DocumentLimits

    init(limits: DocumentLimits) {
        self.limits = limits
    }

    /// Keeps `section` unless it has nothing but white space.
    mutating func add(_ section: Section) throws(DocumentError) {
        guard section.text.utf8.contains(where: { !$0.isWhitespace }) else { return }
        bytes += section.text.utf8.count
        guard bytes <= limits.textBytes else {
            throw .tooLarge(.textBytes, value: bytes, limit: limits.textBytes)
        }
        guard sections.count < limits.sections else {
            throw .tooLarge(.sections, value: sections.count + 1, limit: limits.sections)
        }
        sections.append(section)
    }
}
