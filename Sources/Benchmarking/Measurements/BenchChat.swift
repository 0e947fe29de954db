import Conversations
import InferenceEngine

/// What the rows that write a reply ask, all of them the same.
enum BenchChat {
    static let message = "Tell me a long story about the keeper of a lighthouse and the ships that pass by."

    /// As a chat draws its replies, but always the same ones.
    static var sampling: SamplingOptions {
        var sampling = SamplingOptions()
        sampling.seed = 1
        return sampling
    }

    /// A text to be written again with small edits.
    static let repeating = """
        Write this text again, with "harbour" instead of "port":

        The port lies at the mouth of the river, where the water is deep enough for large ships. In the morning the \
        fishing boats come back to the port, and the market on the quay opens. By noon the market is over, and the port \
        belongs to the gulls. In the evening the ferry leaves the port for the island, with its lights on, and the people \
        of the port go home along the quay.
        """
    /// Code to be edited.
    static let editing = """
        Rename the function total to sum_of_prices in this code:

        ```python
        def total(items):
            result = 0
            for item in items:
                result += item.price * item.count
            return result

        def print_bill(items):
            for item in items:
                print(item.name, item.count, item.price)
            print("Total:", total(items))

        def print_bills(bills):
            for items in bills:
                print_bill(items)
            print("All:", sum(total(items) for items in bills))
        ```
        """

    /// With the system prompt and the chat template 30 tokens of the shipped model's vocabulary.
    static let shortMessage = "Why is the sky blue, and why so red at dusk?"
    static let shortSystem = "Be brief."
}
