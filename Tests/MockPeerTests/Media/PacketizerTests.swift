// How frames are cut into RTP payloads.
import Testing

@testable import MockPeer

@Suite("Packetizers")
struct PacketizerTests {
  @Test func vp8HasADescriptorWithThePictureNumber() {
    var packetizer = VP8Packetizer(firstPicture: 0x7FFE)
    #expect(packetizer.payloads(of: [1, 2, 3], limit: 100) == [[0x90, 0x80, 0xFF, 0xFE, 1, 2, 3]])
    #expect(packetizer.payloads(of: [4], limit: 100) == [[0x90, 0x80, 0xFF, 0xFF, 4]])
    #expect(packetizer.payloads(of: [5], limit: 100) == [[0x90, 0x80, 0x80, 0x00, 5]])
    #expect(packetizer.payloads(of: [], limit: 100).isEmpty)
  }

  @Test func vp8IsCutIntoEqualParts() {
    var packetizer = VP8Packetizer(firstPicture: 0)
    let frame = (0..<2_001).map { UInt8(truncatingIfNeeded: $0) }
    let payloads = packetizer.payloads(of: frame, limit: 1004)
    #expect(payloads.map(\.count) == [671, 671, 671])
    #expect(payloads.map { $0[0] } == [0x90, 0x80, 0x80])
    #expect(payloads.flatMap { $0.dropFirst(4) } == frame)
  }

  @Test func smallUnitsTravelTogether() {
    // A parameter set, another, and a slice, with both lengths of start codes.
    let frame: [UInt8] = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4, 5, 6]
    #expect(
      H264Packetizer.payloads(of: frame, limit: 100) == [
        [0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3, 0, 4, 0x65, 4, 5, 6]
      ])
  }

  @Test func aSingleUnitTravelsAsItIs() {
    #expect(H264Packetizer.payloads(of: [0, 0, 1, 0x41, 9, 8], limit: 100) == [[0x41, 9, 8]])
  }

  @Test func largeUnitsAreFragmented() {
    let body = (0..<25).map { UInt8($0 + 1) }
    let payloads = H264Packetizer.payloads(of: [0, 0, 1, 0x65] + body, limit: 12)
    #expect(payloads.map { Array($0[..<2]) } == [[0x7C, 0x85], [0x7C, 0x05], [0x7C, 0x45]])
    #expect(payloads.flatMap { $0.dropFirst(2) } == body)
    #expect(payloads.allSatisfy { $0.count <= 12 })
  }

  @Test(arguments: [[], [0], [0, 0, 0], [0, 0, 1], [0, 0, 1, 0, 0, 1], [1, 2, 3, 4, 5]])
  func nothingComesOfNoUnits(frame: [UInt8]) {
    #expect(H264Packetizer.payloads(of: frame, limit: 100).isEmpty)
  }

  /// Whatever the lengths, nothing exceeds the limit and every byte arrives.
  @Test func anySizeIsCarried() {
    for count in stride(from: 1, through: 300, by: 7) {
      let unit = [UInt8](repeating: 0x41, count: count)
      let frame = [0, 0, 1, 0x67, 7] + [0, 0, 1] + unit + [0, 0, 1] + unit
      let payloads = H264Packetizer.payloads(of: frame, limit: 64)
      #expect(payloads.allSatisfy { $0.count <= 64 && !$0.isEmpty })
      #expect(Self.reassemble(payloads) == [[0x67, 7], unit, unit])
    }
  }

  private static func reassemble(_ payloads: [[UInt8]]) -> [[UInt8]] {
    var units: [[UInt8]] = []
    for payload in payloads {
      switch payload[0] & 0x1F {
      case 24:
        var offset = 1
        while offset < payload.count {
          let length = Int(payload.uint16(at: offset))
          units.append(Array(payload[(offset + 2)..<(offset + 2 + length)]))
          offset += 2 + length
        }
      case 28:
        if payload[1] & 0x80 != 0 { units.append([payload[0] & 0x60 | payload[1] & 0x1F]) }
        units[units.count - 1] += payload[2...]
      default: units.append(payload)
      }
    }
    return units
  }
}
