import FoundationEssentials
import Runtime
import TestSupport
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4's examples, and the digest of nothing.
    private static let vectors = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]

    @Test func `digests are those of the standard, however the bytes lie`() {
        for (text, digest) in Self.vectors {
            #expect(SHA256.hexadecimal(of: text) == digest)
            #expect(SHA256.hexadecimal(SHA256.hash(Array(text.utf8))) == digest)
            #expect(SHA256.hexadecimal(SHA256.hash(("-" + text).utf8.dropFirst())) == digest)
            #expect(SHA256.hexadecimal(SHA256.hash(AnySequence(text.utf8))) == digest)
        }
    }

    @Test func `a file has the digest of its bytes; what is no file has none`() throws {
        let folder = try TemporaryFolder()
        let path = folder.newFile("bytes")
        for (text, digest) in Self.vectors {
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect(SHA256.hash(contentsOf: path).map(SHA256.hexadecimal) == digest)
        }
        #expect(SHA256.hash(contentsOf: path + ".missing") == nil)
        #expect(SHA256.hash(contentsOf: folder.path) == nil)
    }
}
