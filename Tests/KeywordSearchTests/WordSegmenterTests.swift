import KeywordSearch
import TestSupport
import Testing

/// Words as they are, a whole after `=`, a single Han character after `·`.
private func words(_ text: String) -> String {
    WordSegmenter().words(in: text).map { word in
        switch word.role {
        case .word, .pair: word.text
        case .whole: "=" + word.text
        case .character: "·" + word.text
        }
    }.joined(separator: " ")
}

@Suite struct WordSegmenterTests {
    @Test(arguments: [
        ("The quick, brown fox.", "the quick brown fox"),
        ("don't it's dogs' 'quoted' O'Brien l’avion", "don't it's dogs quoted o brien =obrien l avion =lavion"),
        ("you’re they'll IT'S", "you're they'll it's"),
        ("well--known... end", "well known end"),
        ("", ""),
        (" \n\t—…!", ""),
    ])
    func `prose becomes lower-case words with their apostrophes`(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("1,000.5 3.14 1,2,3 v1.2.3", "1000.5 3.14 1 2 3 v1.2.3"),
        ("12,3456 1,234,567", "12 3456 1234567"),
        ("2020-11-05 10/20 covid-19", "2020 11 05 =2020-11-05 10 20 =10/20 covid 19 =covid19"),
        ("٣٤ ５６ H₂O m²", "34 56 h2o m2"),
        ("50% $3 5. end", "50 3 5 end"),
    ])
    func `numbers keep their decimal point and lose their thousands separators`(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("max_connections", "max connections =maxconnections"),
        ("maxConnections MAX-CONNECTIONS", "max connections =maxconnections max connections =maxconnections"),
        ("foo.bar", "foo bar =foobar"),
        ("/etc/nginx/nginx.conf", "etc nginx nginx conf =nginxconf =etcnginxnginxconf"),
        ("HTTP/1.1 std::vector", "http 1.1 =http1.1 std vector =stdvector"),
        ("https://example.org/a", "https example org =exampleorg a =httpsexampleorga"),
        ("--no-pager __init__ foo__bar", "no pager =nopager init foo bar =foobar"),
        ("C++ C# F#, c+d issue #5", "c =c++ c =c# f =f# c d issue 5"),
        ("HTMLParser base64Encode", "html parser =htmlparser base64 encode =base64encode"),
        ("mRNA RNAs pH iPhone vitaminD SHA256", "mrna rnas ph iphone vitamind sha256"),
        ("ada@example.org", "ada example org =exampleorg =adaexampleorg"),
    ])
    func `identifiers are found by their parts and as a whole`(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("Ärger Straße ÆON œuvre Łódź Ørsted İstanbul", "arger strasse aeon oeuvre lodz orsted istanbul"),
        ("re\u{301}sume\u{301} résumé tiếng Việt", "resume resume tieng viet"),
        ("ﬁnd eﬃcient soft\u{AD}ware Ｆｕｌｌ", "find efficient software full"),
        ("Ελληνικές Ἀθῆναι", "ελληνικεσ αθηναι"),
        ("Ёлка ёлка Йод и\u{306}од", "елка елка иод иод"),
        ("أحمد مُحَمَّد", "احمد محمد"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("ΔG µm 𝐱𝐘", "δg μm xy"),
    ])
    func `case, accents, ligatures and width are folded in every alphabet`(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("中文分词", "·中 中文 ·文 文分 ·分 分词 ·词"),
        ("猫", "猫"),
        ("2024年Python编程", "2024 年 python ·编 编程 ·程"),
        ("我。你", "我 你"),
        ("食べる", "·食 食べ べる"),
        ("コンピュータ", "コン ンピ ピュ ュー ータ"),
        ("ｶﾒﾗ・カメラ", "カメ メラ カメ メラ"),
        ("학교에서 나", "학교 교에 에서 =학교에서 나"),
        ("ที่นี่", "ที่นี่"),
        ("ไทย", "ไท ทย"),
    ])
    func `scripts without spaces become pairs of characters`(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test func `a word or name longer than the limit is cut or left to its parts`() {
        let long = String(repeating: "a", count: 100)
        #expect(words(long) == String(repeating: "a", count: 64))
        let name = Array(repeating: "part", count: 20).joined(separator: "_")
        #expect(words(name) == Array(repeating: "part", count: 20).joined(separator: " "))
    }

    @Test func `a word says where it stands in the bytes of the text`() {
        let text = "Zürich, max_size 中文"
        var sources: [String] = []
        WordSegmenter().forEachWord(in: text) { word in
            sources.append(String(decoding: Array(text.utf8)[word.source], as: UTF8.self))
        }
        #expect(sources == ["Zürich", "max", "size", "max_size", "中", "中文", "文"])
    }

    @Test(arguments: 0..<200)
    func `any bytes make well-formed terms within bounds`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = seed % 2 == 0 ? random.bytes(300) : Array(random.unicode(150).utf8)
        var terms = 0
        bytes.withUnsafeBufferPointer { buffer in
            WordSegmenter().forEachWord(in: buffer) { word in
                terms += 1
                #expect(!word.bytes.isEmpty && word.bytes.count <= 64)
                #expect(String(validating: word.bytes, as: UTF8.self) != nil)
                #expect(word.source.lowerBound >= 0 && word.source.upperBound <= buffer.count && !word.source.isEmpty)
            }
        }
        #expect(terms <= 3 * bytes.count)
    }
}
