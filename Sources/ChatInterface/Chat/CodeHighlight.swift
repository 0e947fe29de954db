/// Tells comments, strings, numbers and keywords of code apart, by the few rules that most languages share: for the
/// eye, not for a compiler.
struct CodeHighlight {
    /// How a language writes what is told apart.
    private struct Rules {
        var lineComments: [String] = []
        var blockComments: [(open: String, close: String)] = []
        /// Strings, the longest quotes first; those of several lines end where they close and nowhere else.
        var quotes: [(mark: String, mayHoldLines: Bool)] = [("\"", false), ("'", false)]
        var keywords: Set<Substring> = []
        var ignoresCase = false
    }

    private let rules: Rules?

    /// Creates the highlighter of a language, by the name after a fence; code of unknown languages has only one ink.
    init(language: String) {
        rules = CodeHighlight.rules(of: language.lowercased())
    }

    /// The lines of a code with their inks.
    func lines(of code: String) -> [[InkedText]] {
        var lines: [[InkedText]] = [[]]
        for piece in pieces(of: code) {
            for (index, part) in piece.text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                if index > 0 { lines.append([]) }
                if !part.isEmpty { lines[lines.count - 1].append(InkedText(String(part), piece.ink)) }
            }
        }
        return lines
    }

    private func pieces(of code: String) -> [InkedText] {
        guard let rules else { return [InkedText(code)] }
        var pieces: [InkedText] = []
        func add(_ text: Substring, _ ink: Ink) {
            if pieces.last?.ink == ink {
                pieces[pieces.count - 1].text += text
            } else {
                pieces.append(InkedText(String(text), ink))
            }
        }
        var rest = code[...]
        while let first = rest.first {
            var length: String.Index
            var ink: Ink = []
            if let comment = rules.blockComments.first(where: { rest.hasPrefix($0.open) }) {
                let body = rest.dropFirst(comment.open.count)
                length = body.firstRange(of: comment.close)?.upperBound ?? rest.endIndex
                ink = .comment
            } else if rules.lineComments.contains(where: rest.hasPrefix) {
                length = rest.firstIndex(of: "\n") ?? rest.endIndex
                ink = .comment
            } else if let quote = rules.quotes.first(where: { rest.hasPrefix($0.mark) }) {
                length = CodeHighlight.end(ofString: rest, quote)
                ink = .string
            } else if first.isNumber {
                length =
                    rest.firstIndex { !($0.isNumber || $0.isLetter || $0 == "." || $0 == "_") }
                    ?? rest.endIndex
                ink = .number
            } else if first.isLetter || first == "_" || first == "@" || first == "#" {
                length =
                    rest.dropFirst().firstIndex { !($0.isNumber || $0.isLetter || $0 == "_") }
                    ?? rest.endIndex
                let word = rules.ignoresCase ? rest[..<length].lowercased()[...] : rest[..<length]
                if rules.keywords.contains(word) { ink = .keyword }
            } else {
                length = rest.index(after: rest.startIndex)
            }
            add(rest[..<length], ink)
            rest = rest[length...]
        }
        return pieces
    }

    /// Where the string ends that a code begins with: behind its closing quote or, for one that holds no lines, at the
    /// end of the line.
    private static func end(ofString code: Substring, _ quote: (mark: String, mayHoldLines: Bool))
        -> String.Index
    {
        var rest = code.dropFirst(quote.mark.count)
        while let next = rest.first {
            if next == "\n", !quote.mayHoldLines { return rest.startIndex }
            if rest.hasPrefix(quote.mark) { return rest.dropFirst(quote.mark.count).startIndex }
            rest = rest.dropFirst(next == "\\" ? 2 : 1)
        }
        return code.endIndex
    }

    private static func rules(of language: String) -> Rules? {
        switch language {
        case "c", "h", "cpp", "c++", "cc", "hpp", "objective-c", "cuda":
            braces(
                """
                auto bool break case catch char class const constexpr continue default delete do double else enum extern \
                false float for goto if inline int long namespace new nullptr operator private protected public return \
                short signed sizeof static struct switch template this throw true try typedef typename union unsigned \
                using virtual void volatile while #include #define #ifdef #ifndef #endif #if #else
                """)
        case "java", "kotlin", "kt", "scala", "csharp", "cs", "c#", "dart", "groovy":
            braces(
                """
                abstract as boolean break byte case catch char class const continue data def default do double else enum \
                extends false final finally float for fun if implements import in instanceof int interface is let long \
                namespace new null object override package private protected public return short static string super \
                switch this throw throws true try using val var void when while
                """)
        case "javascript", "js", "jsx", "typescript", "ts", "tsx", "json", "json5":
            braces(
                """
                any as async await boolean break case catch class const continue default delete do else enum export \
                extends false finally for from function if implements import in instanceof interface let new null number \
                of return static string super switch this throw true try type typeof undefined var void while yield
                """, quotes: [("`", true), ("\"", false), ("'", false)])
        case "swift":
            braces(
                """
                actor any as async await break case catch class continue default defer do else enum extension false \
                fileprivate for func guard if import in init inout internal is let mutating nil open private protocol \
                public repeat rethrows return self Self some static struct subscript super switch throw throws true try \
                typealias var where while @main
                """, quotes: [("\"\"\"", true), ("\"", false)])
        case "rust", "rs", "zig":
            braces(
                """
                as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod \
                move mut pub ref return self Self static struct super trait true type unsafe use where while
                """, quotes: [("\"", true)])
        case "go", "golang":
            braces(
                """
                break case chan const continue default defer else fallthrough false for func go goto if import interface \
                map nil package range return select struct switch true type var
                """, quotes: [("`", true), ("\"", false), ("'", false)])
        case "php", "css", "scss", "less":
            braces(
                "class echo else elseif false for foreach function if new null private public return true while"
            )
        case "python", "py", "python3", "gdscript":
            hashes(
                """
                and as assert async await break class continue def del elif else except False finally for from global if \
                import in is lambda None nonlocal not or pass raise return True try while with yield self match case
                """, quotes: [("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)])
        case "ruby", "rb", "perl", "pl", "elixir", "julia", "jl", "r":
            hashes(
                """
                and begin break class def do else elsif end ensure false for foreach function if in lambda local module my \
                next nil not or redo rescue retry return self struct sub super then true undef unless until use using \
                when while yield TRUE FALSE NULL
                """)
        case "bash", "sh", "shell", "zsh", "fish", "console", "makefile", "make", "dockerfile":
            hashes(
                """
                case cd do done echo elif else esac exit export fi for function if in local read return set shift sudo \
                then until while FROM RUN COPY CMD ENV WORKDIR ENTRYPOINT
                """)
        case "yaml", "yml", "toml", "ini", "conf": hashes("true false null yes no on off")
        case "sql", "sqlite", "postgresql", "mysql":
            sql
        case "lua", "haskell", "hs", "ada", "vhdl":
            Rules(
                lineComments: ["--"], blockComments: [("{-", "-}")],
                keywords: words(
                    """
                    and break case class data do else elseif end false for function if import in instance let local module \
                    newtype nil not of or repeat return then true type until where while
                    """))
        case "html", "xml", "svg", "vue": Rules(blockComments: [("<!--", "-->")], quotes: [("\"", true)])
        case "lisp", "scheme", "clojure", "clj", "elisp", "racket":
            Rules(
                lineComments: [";"], quotes: [("\"", true)],
                keywords: words(
                    "def defn defun define if cond let lambda fn loop nil true false t quote setq"))
        default: nil
        }
    }

    private static func braces(
        _ keywords: String, quotes: [(String, Bool)] = [("\"", false), ("'", false)]
    ) -> Rules {
        Rules(
            lineComments: ["//"], blockComments: [("/*", "*/")], quotes: quotes, keywords: words(keywords))
    }

    private static func hashes(
        _ keywords: String, quotes: [(String, Bool)] = [("\"", false), ("'", false)]
    ) -> Rules {
        Rules(lineComments: ["#"], quotes: quotes, keywords: words(keywords))
    }

    private static var sql: Rules {
        Rules(
            lineComments: ["--"], blockComments: [("/*", "*/")], quotes: [("'", true), ("\"", false)],
            keywords: words(
                """
                add alter and as asc between by case create delete desc distinct drop else end exists foreign from group \
                having in index inner insert into is join key left like limit not null on or order outer primary \
                references right select set table then union unique update values view when where with
                """), ignoresCase: true)
    }

    private static func words(_ text: String) -> Set<Substring> { Set(text.split(separator: " ")) }
}
