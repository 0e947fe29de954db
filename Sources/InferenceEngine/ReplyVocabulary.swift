import MoDModel
package import Tokenization

/// What the tokens of a reply read as, and which of them end it.
package struct ReplyVocabulary {
    /// The model's tokenizer.
    package let tokenizer: Tokenizer
    /// The tokens with which a reply ends.
    private let endings: Set<Int32>

    /// Takes the vocabulary of a model. A reply ends with the token that ends a turn, with those that end a text, and
    /// with the one that opens the user's turn: a model that opens another turn has ended its own.
    package init(_ tokenizer: Tokenizer, template: ChatTemplate) {
        self.tokenizer = tokenizer
        let turns = [template.endOfTurn, template.startOfTurn].compactMap { $0 }
        endings = tokenizer.endings.union(turns)
    }

    /// Whether a reply is over with a token.
    func endsReply(_ id: Int32) -> Bool {
        endings.contains(id)
    }

    /// What a token reads as by itself.
    func text(of id: Int32) -> String {
        tokenizer.text(of: id)
    }

    /// The record of a drawn token: `delta` is the text that it completes; `routing`, nil where the model did not read
    /// it, was decided by the capacity and the policy of `setting`.
    func token(
        _ draw: Sampler.Draw, delta: String, routing: TokenRouting?, by setting: RoutingSetting
    ) -> GeneratedToken {
        GeneratedToken(
            id: draw.id,
            text: text(of: draw.id),
            delta: delta,
            probability: draw.probability,
            entropy: draw.entropy,
            runnersUp: draw.runnersUp.map { id, probability in
                GeneratedToken.Candidate(id: id, text: text(of: id), probability: probability)
            },
            routing: routing,
            capacity: setting.capacity,
            policy: setting.policy
        )
    }
}
