import ContextCore

/// The effective configuration for people, for programs, and as a page of the documentation.
struct ConfigurationReport {
    let effective: EffectiveConfiguration

    var text: String {
        let rows = Setting.all.map { setting in
            (setting.path, setting.shown(in: effective.values).description, "\(effective.origin(of: setting))")
        }
        let widths = (rows.map(\.0.count).max() ?? 0, min(40, rows.map(\.1.count).max() ?? 0))
        let head = """
            data directory: \(effective.values.dataDirectory)
            configuration file: \(effective.file ?? "none")


            """
        return head
            + rows.map { $0.0.padded(to: widths.0) + "  " + $0.1.padded(to: widths.1) + "  " + $0.2 }.joined(
                separator: "\n"
            )
    }

    struct Entry: Encodable {
        let key: String
        let value: JSONValue
        let origin: String
    }

    struct JSON: Encodable {
        let data: String
        let file: String?
        let settings: [Entry]
    }

    var json: JSON {
        JSON(
            data: effective.values.dataDirectory,
            file: effective.file,
            settings: Setting.all.map { setting in
                Entry(
                    key: setting.path,
                    value: setting.shown(in: effective.values),
                    origin: "\(effective.origin(of: setting))"
                )
            }
        )
    }

    /// `docs/configuration.md`: the table of settings with their defaults.
    static var markdown: String {
        let defaults = Configuration(dataDirectory: "~/.roost")
        let rows = Setting.all.map { setting in
            let names = setting.variables.map { "`\($0)`" }.joined(separator: ", ")
            let expected = setting.kind.expectation + (setting.isOptional ? " or null" : "")
            return
                "| `\(setting.path)` | \(expected) | `\(setting.shown(in: defaults))` | \(names) | \(setting.summary) |"
        }
        return """
            # Configuration

            <!-- Written by `roost config --markdown`; edit Sources/roost/Configuration/SettingTable.swift instead. -->

            Roost reads `roost.json` from the working directory, else from the data directory, or the file that `--config`
            or `ROOST_CONFIG` names. Every key is optional. A variable overrides the file, the command line overrides both.
            Dots nest: `server.port` is `{"server": {"port": 8092}}`. In texts of the file, `${NAME}` is the variable's value.
            The data directory is `--data`, else `ROOST_DATA`, else `~/.roost`. Lists in variables are separated by commas.

            | key | takes | default | variables | meaning |
            | --- | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    func paddedLeft(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
