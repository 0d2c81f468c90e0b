// Reads a body member by member and turns a mistake into a vendor's error.
import StrictJSON

/// Reads `body` with a reader whose paths begin at `root`, and closes it where unknown members are errors.
/// - Throws: what `refusal` makes of the first mistake.
func readingShape<Value>(
  _ body: JSONValue, at root: String, refusingUnknown: Bool,
  as refusal: (JSONShapeError) -> Refusal, _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
) throws(Refusal) -> Value {
  do throws(JSONShapeError) {
    var reader = try JSONObjectReader(body, at: root)
    let value = try read(&reader)
    if refusingUnknown { try reader.finish() }
    return value
  } catch {
    throw refusal(error)
  }
}
