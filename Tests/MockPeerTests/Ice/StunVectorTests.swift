// The test vectors of RFC 5769.
import Testing
import Transport

@testable import MockPeer

@Suite("STUN: RFC 5769")
struct StunVectorTests {
  private static let password = "VOkJxbRl1RmTxUk/WvJxBt"

  /// Section 2.1.
  private static let request = [UInt8](
    hex: """
      00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff
      80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249
      c1b571a2 80280004 e57a3bcf
      """)
  /// Section 2.2.
  private static let responseV4 = [UInt8](
    hex: """
      0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
      00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96
      """)
  /// Section 2.3.
  private static let responseV6 = [UInt8](
    hex: """
      01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa
      a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c
      """)

  @Test func readsTheRequest() throws {
    let message = try #require(StunMessage(Self.request))
    #expect(message.messageClass == .request)
    #expect(message.method == StunMessage.bindingMethod)
    #expect(message.value(of: StunMessage.AttributeType.username) == Array("evtj:h6vY".utf8))
    #expect(message.value(of: StunMessage.AttributeType.priority) == [0x6E, 0x00, 0x01, 0xFF])
    #expect(message.isAuthentic(Self.request, password: Self.password))
    #expect(!message.isAuthentic(Self.request, password: Self.password + "x"))
  }

  @Test(arguments: [(responseV4, "192.0.2.1"), (responseV6, "2001:db8:1234:5678:11:2233:4455:6677")])
  func readsTheResponses(bytes: [UInt8], host: String) throws {
    let message = try #require(StunMessage(bytes))
    #expect(message.messageClass == .success)
    #expect(message.isAuthentic(bytes, password: Self.password))
    let address = try #require(DatagramAddress(host: host, port: 32_853))
    #expect(
      message.value(of: StunMessage.AttributeType.xorMappedAddress)
        == StunAddress.encoded(address, transaction: message.transaction))
  }

  /// The vectors pad with spaces and we with zeros, so only what has no padding comes out byte for byte.
  @Test func writesWhatItReads() throws {
    let address = try #require(DatagramAddress(host: "192.0.2.1", port: 32_853))
    let transaction = Array(Self.request[8..<20])
    let mapped = StunAddress.encoded(address, transaction: transaction)
    let attributes = [StunMessage.Attribute(type: StunMessage.AttributeType.xorMappedAddress, value: mapped)]
    let bytes = StunMessage(.success, transaction: transaction, attributes: attributes).encoded(password: Self.password)
    let read = try #require(StunMessage(bytes))
    #expect(read.isAuthentic(bytes, password: Self.password))
    #expect(Array(bytes[20..<32]) == Array(Self.responseV4[36..<48]))
  }

  /// But for the type of FINGERPRINT: another attribute after MESSAGE-INTEGRITY is to be ignored.
  @Test func everyChangedBitIsSeen() {
    for index in Self.request.indices where !(100...101).contains(index) {
      for bit in 0..<8 {
        var bytes = Self.request
        bytes[index] ^= 1 << bit
        let isAccepted = StunMessage(bytes)?.isAuthentic(bytes, password: Self.password) ?? false
        #expect(!isAccepted, "bit \(bit) of byte \(index)")
      }
    }
  }

  @Test func everyCutIsRefused() {
    for count in 0..<Self.request.count { #expect(StunMessage(Array(Self.request[..<count])) == nil) }
    #expect(StunMessage(Self.request + [0]) == nil)
  }

  @Test func tooManyAttributesAreRefused() {
    let attribute = StunMessage.Attribute(type: 0x8022, value: [])
    let transaction = [UInt8](repeating: 1, count: 12)
    for (count, isRead) in [(StunMessage.maximumAttributes, true), (StunMessage.maximumAttributes + 1, false)] {
      let attributes = [StunMessage.Attribute](repeating: attribute, count: count)
      let bytes = StunMessage(.request, transaction: transaction, attributes: attributes).encoded(password: nil)
      #expect((StunMessage(bytes) != nil) == isRead)
    }
  }
}
