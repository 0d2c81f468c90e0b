// How a request is answered, and when.
import Transport

/// A response, and how long it waits.
struct MockDecision {
  let response: HTTPResponse
  let delay: Duration
}
