// Describes what the two vendors' descriptions have in common: the mock's own refusals, and the answers that a fault brings.
import StrictJSON

/// Parts of a vendor's description.
enum VendorDescription {
  typealias Answer = APIDescription.Answer

  /// The document of a mock that is set up so: its replies have the form that was asked for.
  static func document(of vendor: Vendor, _ configuration: MockConfiguration) -> JSONValue {
    switch vendor {
    case .did: DIDDescription(configuration: configuration).document
    case .heygen: HeyGenDescription(configuration: configuration).document
    }
  }

  /// The answer to a success.
  static func success(_ status: Int, _ about: String, _ schema: JSONValue?) -> Answer {
    Answer(status: status, about: about, schema: schema, hasDate: true)
  }

  /// What comes after the success: the errors of the call's own, the mock's refusals, and every other row of the vendor's
  /// table, since a fault may ask for any.
  static func failures(_ own: [VendorError], of all: [VendorError]) -> [Answer] {
    let refusals = [
      Answer(
        status: 403, about: "The page is of another origin, or the name is none of this machine's",
        schema: Schema.named("Refusal"), isReadable: false),
      Answer(
        status: 413, about: "A body of more than \(VendorCall.maximumBodyBytes) bytes", schema: Schema.named("Refusal")),
    ]
    let forced = all.filter { row in !own.contains { $0.name == row.name } }
    return own.map { answer($0, isForced: false) } + refusals + forced.map { answer($0, isForced: true) }
  }

  private static func answer(_ error: VendorError, isForced: Bool) -> Answer {
    Answer(
      status: error.status, about: isForced ? "\(error.name), by a fault" : error.name, schema: Schema.named("Error"),
      hasDate: true, isForced: isForced)
  }

  static let refusal: (String, JSONValue) = (
    "Refusal", Schema.object([("message", Schema.string(about: "In the mock's own words"))], required: ["message"])
  )

  /// A member that may be null, which is as good as absent.
  static func optional(_ name: String, _ schema: JSONValue) -> (String, JSONValue) { (name, Schema.orNull(schema)) }
}
