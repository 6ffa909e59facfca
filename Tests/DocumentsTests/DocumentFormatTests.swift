import Documents
import Testing

@Suite struct DocumentFormatTests {
    @Test(arguments: [
        ("README.md", DocumentFormat.markdown), ("a/b/page.HTML", .html), ("notes.txt", .text), ("x.jsonl", .jsonLines),
        ("x.json", .json), ("table.tsv", .csv), ("ls.1.gz", .manual), ("perlfunc.3perl", .manual),
        ("main.swift", .source(.swift)), ("Makefile", .source(.plain("makefile"))), ("a.yaml", .source(.plain("yaml"))),
        ("CMakeLists.txt", .source(.plain("cmake"))), ("C:\\docs\\a.pdf", .pdf),
    ])
    func `a file's name tells its format`(name: String, format: DocumentFormat) {
        #expect(DocumentFormat.named(name) == format)
    }

    @Test(arguments: [
        ("text/html; charset=utf-8", DocumentFormat.html), ("application/json", .json), ("text/csv", .csv),
        ("text/x-python", .source(.python)),
    ])
    func `a content type tells the format of a file without a telling name`(type: String, format: DocumentFormat) throws
    {
        #expect(try DocumentFormat.detect(name: "upload", contentType: type, bytes: []) == format)
    }

    @Test(arguments: [
        ("<!DOCTYPE html><p>", DocumentFormat.html), ("#!/usr/bin/env python3\n", .source(.python)),
        ("# Title\n", .markdown),
        (".TH LS 1\n", .manual), ("plain", .text), ("%PDF-1.4", .pdf),
    ])
    func `the first bytes decide where nothing else does`(text: String, format: DocumentFormat) throws {
        #expect(try DocumentFormat.detect(name: "upload", bytes: Array(text.utf8)[...]) == format)
    }

    @Test(
        arguments: [[0x89, 0x50, 0x4E, 0x47], [0x50, 0x4B, 3, 4], [0x7F, 0x45, 0x4C, 0x46], [0x61, 0, 0x62]]
            as [[UInt8]]
    )
    func `binary files are refused, whatever they are called`(bytes: [UInt8]) {
        #expect(throws: DocumentError.self) { try DocumentParser().parse(bytes, name: "notes.txt") }
    }

    @Test func `the refusal of an image says that it is one`() {
        #expect(throws: DocumentError.notText(name: "a.txt", reason: "it is a PNG image")) {
            try DocumentParser().parse([0x89, 0x50, 0x4E, 0x47, 1], name: "/tmp/../a.txt")
        }
    }
}
