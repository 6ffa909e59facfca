/// A programming or configuration language, by the name that Markdown fences give it.
package struct SourceLanguage: Hashable, Sendable {
    /// What tells where a function ends.
    enum Structure: Hashable, Sendable {
        case braces, indentation, statements
        /// Configuration and markup: paragraphs are all there is.
        case none
    }

    package let name: String
    let structure: Structure

    private init(_ name: String, _ structure: Structure) {
        self.name = name
        self.structure = structure
    }

    package static let swift = SourceLanguage("swift", .braces)
    package static let c = SourceLanguage("c", .braces)
    package static let cpp = SourceLanguage("cpp", .braces)
    package static let csharp = SourceLanguage("csharp", .braces)
    package static let go = SourceLanguage("go", .braces)
    package static let java = SourceLanguage("java", .braces)
    package static let javascript = SourceLanguage("javascript", .braces)
    package static let kotlin = SourceLanguage("kotlin", .braces)
    package static let php = SourceLanguage("php", .braces)
    package static let rust = SourceLanguage("rust", .braces)
    package static let scala = SourceLanguage("scala", .braces)
    package static let shell = SourceLanguage("shell", .braces)
    package static let typescript = SourceLanguage("typescript", .braces)
    package static let elixir = SourceLanguage("elixir", .indentation)
    package static let lua = SourceLanguage("lua", .indentation)
    package static let python = SourceLanguage("python", .indentation)
    package static let ruby = SourceLanguage("ruby", .indentation)
    package static let sql = SourceLanguage("sql", .statements)

    /// Text in paragraphs, shown as code.
    package static func plain(_ name: String) -> SourceLanguage { SourceLanguage(name, .none) }

    static func ofExtension(_ fileExtension: String) -> SourceLanguage? { byExtension[fileExtension] }

    /// Files that are known by their whole name.
    static func ofFile(name: String) -> SourceLanguage? {
        switch name {
        case "Makefile", "makefile", "GNUmakefile": plain("makefile")
        case "Dockerfile", "Containerfile": plain("dockerfile")
        case "CMakeLists.txt": plain("cmake")
        case "Rakefile", "Gemfile": .ruby
        case "Jenkinsfile": .java
        default: nil
        }
    }

    static func ofContentType(_ type: String) -> SourceLanguage? {
        switch type {
        case "text/javascript", "application/javascript": .javascript
        case "application/x-sh", "text/x-shellscript": .shell
        case "application/sql": .sql
        case "application/xml", "text/xml": plain("xml")
        case "application/yaml", "text/yaml", "application/x-yaml": plain("yaml")
        case "text/css": plain("css")
        case let type where type.hasPrefix("text/x-"): byExtension.values.first { type.hasSuffix("-\($0.name)") }
        default: nil
        }
    }

    /// By the first line, `#!/usr/bin/env python3`.
    static func ofInterpreter(_ line: String) -> SourceLanguage {
        let first = line.prefix { $0 != "\n" }
        let known: [(String, SourceLanguage)] = [
            ("python", .python), ("ruby", .ruby), ("node", .javascript), ("deno", .typescript), ("lua", .lua),
            ("perl", plain("perl")), ("php", .php), ("swift", .swift),
        ]
        return known.first { first.contains($0.0) }?.1 ?? .shell
    }

    private static let byExtension: [String: SourceLanguage] = {
        var table: [String: SourceLanguage] = [:]
        for (language, extensions) in spelled {
            for fileExtension in extensions.split(separator: " ") { table[String(fileExtension)] = language }
        }
        return table
    }()

    private static let spelled: [(SourceLanguage, String)] = [
        (.swift, "swift"), (.c, "c h"), (.cpp, "cc cpp cxx hh hpp hxx ipp cu m mm"), (.csharp, "cs"), (.go, "go"),
        (.java, "java groovy"), (.javascript, "js mjs cjs jsx"), (.kotlin, "kt kts"), (.php, "php"), (.rust, "rs"),
        (.scala, "scala"), (.shell, "sh bash zsh ksh"), (.typescript, "ts mts cts tsx"), (.elixir, "ex exs"),
        (.lua, "lua"), (.python, "py pyi pyw"), (.ruby, "rb rake gemspec"), (.sql, "sql"),
        (plain("yaml"), "yaml yml"), (plain("toml"), "toml"), (plain("ini"), "ini cfg conf properties env service"),
        (plain("xml"), "xml svg plist xsd xsl"), (plain("css"), "css scss sass less"), (plain("cmake"), "cmake"),
        (plain("perl"), "pl pm"), (plain("r"), "r"), (plain("haskell"), "hs"), (plain("proto"), "proto"),
        (plain("graphql"), "graphql gql"), (plain("terraform"), "tf hcl"), (plain("clojure"), "clj cljs edn"),
        (plain("vue"), "vue svelte"), (plain("asm"), "s asm"), (plain("diff"), "diff patch"),
    ]
}
