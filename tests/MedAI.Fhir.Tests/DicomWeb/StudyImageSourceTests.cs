using System.Text.Json.Nodes;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Tests.Access.Outbound;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Tests.DicomWeb;

public sealed class StudyImageSourceTests
{
    [Fact, Trait("promise", "M-285")]
    public async Task Image_is_fetched_in_two_questions()
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        var read = await images.ReadAsync();
        Assert.Equal(FakePacs.Frame, read.One.Frame);
        Assert.Equal([FakePacs.ImagePath + "/metadata", FakePacs.ImagePath + "/frames/1"], pacs.Asked);
        var asked = pacs.Upstream.Requests.ToArray();
        Assert.Equal("application/dicom+json", asked[0].Headers["Accept"]);
        Assert.Equal("multipart/related; type=\"application/octet-stream\"; transfer-syntax=1.2.840.10008.1.2.1", asked[1].Headers["Accept"]);
        var attributes = read.One.Attributes!;
        Assert.Equal(("CR", "CHEST", "AP", 3), (attributes.Modality, attributes.BodyPart, attributes.ViewPosition, attributes.PatientAgeYears));
        Assert.Equal((4, 6, 16, 12, 11, false), (attributes.Rows, attributes.Columns, attributes.BitsAllocated, attributes.BitsStored, attributes.HighBit, attributes.IsSigned));
    }

    [Fact, Trait("promise", "M-285")]
    public async Task Plain_octets_are_read_like_a_part()
    {
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnFrame = context =>
        {
            context.Response.ContentType = "application/octet-stream";
            return context.Response.Body.WriteAsync(FakePacs.Frame).AsTask();
        };
        await using var images = Images.From(pacs);
        Assert.Equal(FakePacs.Frame, (await images.ReadAsync()).One.Frame);
    }

    [Fact, Trait("promise", "M-285")]
    public async Task Pad_byte_of_an_odd_frame_is_left_off()
    {
        byte[] frame = [.. Enumerable.Range(1, 15).Select(i => (byte)i)];
        await using var pacs = await FakePacs.StartAsync(FakePacs.Image().Set("00280010", "US", 3).Set("00280011", "US", 5).Set("00280100", "US", 8).Set("00280101", "US", 8).Set("00280102", "US", 7));
        pacs.OnFrame = context => FakePacs.WriteMultipartAsync(context, [.. frame, 0]);
        await using var images = Images.From(pacs);
        Assert.Equal(frame, (await images.ReadAsync()).One.Frame);
    }

    [Theory, Trait("promise", "M-291")]
    [InlineData("{0}/studies/1.2.3.100/series/1.2.3.200/instances/1.2.3.300/bulk/00283010/1/00283006", "/studies/1.2.3.100/series/1.2.3.200/instances/1.2.3.300/bulk/00283010/1/00283006")]
    [InlineData("{0}/bulkdata/77", "/bulkdata/77")]
    [InlineData("bulk/1", "/studies/1.2.3.100/series/1.2.3.200/instances/1.2.3.300/bulk/1")]
    // The name that a PACS behind a proxy has for itself.
    [InlineData("http://inner.test:8042/pacs/studies/1.2.3.100/series/1.2.3.200/instances/1.2.3.300/bulk/1", "/studies/1.2.3.100/series/1.2.3.200/instances/1.2.3.300/bulk/1")]
    public async Task Table_at_an_address_of_its_own_is_fetched_there(string address, string asked)
    {
        await using var pacs = await FakePacs.StartAsync();
        PutTable(pacs, string.Format(System.Globalization.CultureInfo.InvariantCulture, address, pacs.Base));
        pacs.OnBulkData = context => FakePacs.WriteMultipartAsync(context, [1, 0, 2, 0, 3, 0, 0xFF, 0x0F]);
        await using var images = Images.From(pacs);
        Assert.Equal((int[])[1, 2, 3, 4095], Entries((await images.ReadAsync()).One));
        Assert.Equal([FakePacs.ImagePath + "/metadata", asked, FakePacs.ImagePath + "/frames/1"], pacs.Asked);
    }

    [Fact, Trait("promise", "M-291")]
    public async Task Table_of_bytes_is_fetched_too()
    {
        await using var pacs = await FakePacs.StartAsync();
        PutTable(pacs, "bulk/1");
        pacs.OnBulkData = context => FakePacs.WriteMultipartAsync(context, [1, 2, 3, 255]);
        await using var images = Images.From(pacs);
        Assert.Equal((int[])[1, 2, 3, 255], Entries((await images.ReadAsync()).One));
    }

    [Theory, Trait("promise", "M-291")]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(100_000)]
    public async Task Table_of_another_length_refuses_the_image(int bytes)
    {
        await using var pacs = await FakePacs.StartAsync();
        PutTable(pacs, "bulk/1");
        pacs.OnBulkData = context => FakePacs.WriteMultipartAsync(context, new byte[bytes]);
        await using var images = Images.From(pacs);
        var outcome = (await images.ReadAsync()).One.Outcome;
        Assert.Null(outcome.Image);
        Assert.True(outcome.Error is not null || outcome.Reasons.Any(r => r.Kind == AbstentionKind.UnreadableInput));
        Assert.DoesNotContain(FakePacs.ImagePath + "/frames/1", pacs.Asked);
    }

    [Fact, Trait("promise", "M-291"), Trait("promise", "M-283")]
    public async Task Table_on_another_server_is_never_asked_for()
    {
        await using var other = await FakePacs.StartAsync();
        await using var pacs = await FakePacs.StartAsync();
        PutTable(pacs, other.Base + "/bulk/1");
        await using var images = Images.From(pacs, (_, outbound) => outbound.Origins.AddRange(Ask.Trusting(other.Upstream.Origin).Origins));
        Assert.Contains((await images.ReadAsync()).One.Outcome.Reasons, r => r.Kind == AbstentionKind.UnreadableInput);
        Assert.Empty(other.Asked);
    }

    private static int[] Entries(Images.ReadImage read) => [.. read.Attributes!.VoiLut!.Entries.ToArray().Select(e => (int)e)];

    private static void PutTable(FakePacs pacs, string address)
    {
        var item = new JsonObject { ["00283006"] = new JsonObject { ["vr"] = "OW", ["BulkDataURI"] = address } };
        item.Set("00283002", "US", 4, 10, 12);
        pacs.OnMetadata = context => FakePacs.WriteJsonAsync(context, new JsonArray(FakePacs.Image().Set("00283010", "SQ", item)).ToJsonString());
    }

    [Fact, Trait("promise", "M-283")]
    public async Task Endpoint_of_the_series_wins_over_the_studys()
    {
        await using var ofStudy = await FakePacs.StartAsync();
        await using var ofSeries = await FakePacs.StartAsync();
        await using var configured = await FakePacs.StartAsync();
        await using var images = Images.From(configured, (_, outbound) => outbound.Origins.AddRange(Ask.Trusting(ofStudy.Upstream.Origin, ofSeries.Upstream.Origin).Origins));
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "#e1" });
        study["contained"] = new JsonArray(Images.Endpoint(ofStudy.Base));
        Assert.NotNull((await images.ReadAsync(study)).One.Frame);
        Assert.Equal((2, 0, 0), (ofStudy.Asked.Count(), ofSeries.Asked.Count(), configured.Asked.Count()));
        study["series"]![0]!["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e2" });
        Assert.NotNull((await images.ReadAsync(study, endpoints: [Images.Endpoint(ofSeries.Base, "e2")])).One.Frame);
        Assert.Equal((2, 2, 0), (ofStudy.Asked.Count(), ofSeries.Asked.Count(), configured.Asked.Count()));
        // A study without any is in the configured PACS.
        Assert.NotNull((await images.ReadAsync()).One.Frame);
        Assert.Equal((2, 2, 2), (ofStudy.Asked.Count(), ofSeries.Asked.Count(), configured.Asked.Count()));
    }

    [Theory, Trait("promise", "M-283")]
    [InlineData("Endpoint/e1")]
    [InlineData("Endpoint/e1/_history/3")]
    [InlineData("https://ehr.example.org/fhir/Endpoint/e1")]
    public async Task Endpoint_beside_the_study_is_found(string reference)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs, (options, _) => options.DefaultPacs = null);
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = reference });
        Assert.NotNull((await images.ReadAsync(study, endpoints: [Images.Endpoint(pacs.Base)])).One.Frame);
        // Of another server, or with another id: not that one.
        study["endpoint"]![0]!["reference"] = "https://other.example.org/fhir/Endpoint/e1";
        Assert.Equal(DicomWebErrorKind.NoEndpoint, (await images.ReadAsync(study, endpoints: [Images.Endpoint(pacs.Base)])).Why);
    }

    [Theory, Trait("promise", "M-283")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/studies")]
    [InlineData("/studies/" + FakePacs.Study)]
    [InlineData("/studies/" + FakePacs.Study + "/")]
    [InlineData("/studies/" + FakePacs.Study + "/series/" + FakePacs.Series)]
    [InlineData("/study/" + FakePacs.Study + "/series/" + FakePacs.Series)]
    [InlineData("/studies/" + FakePacs.Study + "/series/" + FakePacs.Series + "/instances/" + FakePacs.Sop)]
    public async Task Address_that_holds_the_study_is_cut_back_to_the_service(string path)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        var study = Images.Study(FakePacs.Sop);
        study["series"]![0]!["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e1" });
        Assert.NotNull((await images.ReadAsync(study, endpoints: [Images.Endpoint(pacs.Base + path)])).One.Frame);
        Assert.Equal([FakePacs.ImagePath + "/metadata", FakePacs.ImagePath + "/frames/1"], pacs.Asked);
    }

    [Theory, Trait("promise", "M-283")]
    [InlineData("/studies/1.2.3.999")]
    [InlineData("/studies/" + FakePacs.Study + "/series/1.2.3.999")]
    [InlineData("/studies/" + FakePacs.Study + "/rendered")]
    [InlineData("?studyUID=" + FakePacs.Study)]
    public async Task Address_of_another_study_is_refused(string path)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        var study = Images.Study(FakePacs.Sop);
        study["series"]![0]!["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e1" });
        Assert.Equal(DicomWebErrorKind.EndpointUnusable, (await images.ReadAsync(study, endpoints: [Images.Endpoint(pacs.Base + path)])).Why);
        Assert.Empty(pacs.Asked);
    }

    [Theory, Trait("promise", "M-283")]
    [InlineData("status", "off")]
    [InlineData("status", "entered-in-error")]
    [InlineData("resourceType", "Organization")]
    public async Task Endpoint_out_of_use_is_passed_over(string member, string value)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs, (options, _) => options.DefaultPacs = null);
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e1" });
        var endpoint = Images.Endpoint(pacs.Base);
        endpoint[member] = value;
        Assert.Equal(DicomWebErrorKind.NoEndpoint, (await images.ReadAsync(study, endpoints: [endpoint])).Why);
        Assert.Empty(pacs.Asked);
    }

    [Theory, Trait("promise", "S-24")]
    [InlineData("{trap}/dicom-web")]
    [InlineData("http://127.0.0.1.evil.test/dicom-web")]
    [InlineData("https://127.0.0.1:{pacsPort}/dicom-web")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1:{trapPort}/_x")]
    [InlineData("\\\\127.0.0.1\\share")]
    [InlineData("http://127.0.0.1:{pacsPort}@127.0.0.1:{trapPort}/")]
    [InlineData("")]
    public async Task Endpoint_elsewhere_is_not_contacted(string address)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var trap = await FakePacs.StartAsync();
        address = address.Replace("{trap}", trap.Upstream.Origin, StringComparison.Ordinal).Replace("{trapPort}", $"{trap.Upstream.Port}", StringComparison.Ordinal).Replace("{pacsPort}", $"{pacs.Upstream.Port}", StringComparison.Ordinal);
        await using var images = Images.From(pacs);
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "#e1" });
        study["contained"] = new JsonArray(Images.Endpoint(address));
        Assert.Equal(DicomWebErrorKind.EndpointUntrusted, (await images.ReadAsync(study)).Why);
        Assert.Equal(0, trap.Upstream.Connections);
        Assert.Equal(0, pacs.Upstream.Connections);
    }

    [Fact, Trait("promise", "S-24")]
    public async Task Headers_of_an_Endpoint_and_tokens_of_FHIR_servers_do_not_reach_a_PACS()
    {
        await using var ehr = await FakePacs.StartAsync();
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs, (_, outbound) =>
        {
            var origin = Ask.Trusting(ehr.Upstream.Origin).Origins[0];
            (origin.Uses, origin.Bearer) = ([MedAI.Fhir.Access.Outbound.OutboundUse.Fhir], "fhir-token");
            outbound.Origins.Add(origin);
        });
        var endpoint = Images.Endpoint(pacs.Base);
        endpoint["header"] = new JsonArray("Authorization: Bearer from-endpoint", "X-Evil: 1");
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "#e1" });
        study["contained"] = new JsonArray(endpoint);
        Assert.NotNull((await images.ReadAsync(study)).One.Frame);
        Assert.All(pacs.Upstream.Requests, asked =>
        {
            Assert.DoesNotContain("Authorization", asked.Headers.Keys);
            Assert.DoesNotContain("X-Evil", asked.Headers.Keys);
        });
        // A FHIR server is not a PACS because somebody says so.
        study["contained"]![0]!["address"] = ehr.Base;
        Assert.Equal(DicomWebErrorKind.EndpointUntrusted, (await images.ReadAsync(study)).Why);
        Assert.Equal(0, ehr.Upstream.Connections);
    }

    [Theory, Trait("promise", "M-284")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Instances_that_are_not_listed_are_asked_for(bool seriesListed)
    {
        await using var pacs = await FakePacs.StartAsync(FakePacs.Image(), FakePacs.Image("1.2.3.301"), FakePacs.Image("1.2.3.302", "1.2.3.201"));
        await using var images = Images.From(pacs);
        var study = Images.Study();
        if (!seriesListed)
            study.Remove("series");
        var read = await images.ReadAsync(study);
        Assert.Equal(seriesListed ? 2 : 3, read.Images.Count);
        Assert.All(read.Images, i => Assert.Equal(FakePacs.Frame, i.Frame));
        Assert.StartsWith(seriesListed ? $"/studies/{FakePacs.Study}/series/{FakePacs.Series}/instances?" : $"/studies/{FakePacs.Study}/instances?", pacs.Asked.First(), StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "M-284")]
    [InlineData(204)]
    [InlineData(200)]
    public async Task Study_without_images_is_said_to_have_none(int status)
    {
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnQuery = context =>
        {
            context.Response.StatusCode = status;
            return status == 204 ? Task.CompletedTask : FakePacs.WriteJsonAsync(context, "[]");
        };
        await using var images = Images.From(pacs);
        var study = Images.Study();
        study.Remove("series");
        Assert.Equal(DicomWebErrorKind.NoInstances, (await images.ReadAsync(study)).Refusal?.Kind);
        Assert.Equal(DicomWebErrorKind.NoInstances, (await images.ReadAsync(Images.Study())).Why);
    }

    [Fact, Trait("promise", "M-284")]
    public async Task More_images_than_allowed_refuse_the_study()
    {
        await using var pacs = await FakePacs.StartAsync([.. Enumerable.Range(300, 6).Select(i => FakePacs.Image($"1.2.3.{i}"))]);
        await using var images = Images.From(pacs, (options, _) => options.MaxInstances = 5);
        Assert.Equal(DicomWebErrorKind.TooManyInstances, (await images.ReadAsync(Images.Study())).Refusal?.Kind);
        Assert.Equal(DicomWebErrorKind.TooManyInstances, (await images.ReadAsync(Images.Study([.. Enumerable.Range(300, 6).Select(i => $"1.2.3.{i}")]))).Refusal?.Kind);
        Assert.DoesNotContain(pacs.Asked, path => path.EndsWith("/metadata", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-284")]
    public async Task Listed_instance_of_another_study_is_refused()
    {
        await using var pacs = await FakePacs.StartAsync(FakePacs.Image().Set("0020000D", "UI", "1.2.3.999"));
        await using var images = Images.From(pacs);
        Assert.Equal(DicomWebErrorKind.StudyMismatch, (await images.ReadAsync(Images.Study())).Why);
        Assert.Single(pacs.Asked);
    }

    [Fact, Trait("promise", "S-42")]
    public async Task Series_of_another_modality_is_refused_unfetched()
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        var study = Images.Study(FakePacs.Sop);
        study["series"]![0]!["modality"]!["code"] = "CT";
        Assert.Equal(DicomWebErrorKind.ModalityNotRead, (await images.ReadAsync(study, modalities: ["CR", "DX"])).Why);
        Assert.Equal(0, pacs.Upstream.Connections);
    }

    [Fact, Trait("promise", "S-42")]
    public async Task Image_that_the_gate_refuses_has_its_pixels_left_alone()
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        var reason = new AbstentionReason(AbstentionKind.WrongBodyPart, "Another body part.");
        var read = await images.ReadAsync(examine: attributes => attributes.BodyPart == "CHEST" ? [reason] : []);
        Assert.Equal(reason, Assert.Single(read.One.Outcome.Reasons));
        Assert.Null(read.One.Frame);
        Assert.Equal([FakePacs.ImagePath + "/metadata"], pacs.Asked);
    }

    [Fact, Trait("promise", "M-284")]
    public async Task Images_come_in_the_order_of_the_study_and_no_more_at_once_than_allowed()
    {
        string[] sops = [.. Enumerable.Range(300, 12).Select(i => $"1.2.3.{i}")];
        await using var pacs = await FakePacs.StartAsync([.. sops.Select(sop => FakePacs.Image(sop))]);
        pacs.OnFrame = async context =>
        {
            await Task.Delay(int.Parse(context.Request.Path.Value!.Split('/')[^3].Split('.')[^1], System.Globalization.CultureInfo.InvariantCulture) % 3 * 30);
            await FakePacs.WriteMultipartAsync(context, FakePacs.Frame);
        };
        await using var images = Images.From(pacs, (options, _) => options.ParallelFetches = 3);
        var read = await images.ReadAsync(Images.Study(sops));
        Assert.Equal(sops, read.Images.Select(i => i.Outcome.Instance.Sop.Value));
        Assert.All(read.Images, i => Assert.NotNull(i.Frame));
        Assert.InRange(pacs.Upstream.MostAtOnce, 2, 3);
    }

    [Fact, Trait("promise", "S-50")]
    public async Task Study_of_another_patient_is_refused_before_anything_is_asked()
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        foreach (string? reference in (string?[])["Patient/p2", "https://other.example.org/fhir/Patient/p1", "#p1", null])
        {
            var study = Images.Study(FakePacs.Sop);
            study["subject"] = reference is null ? null : new JsonObject { ["reference"] = reference };
            Assert.Equal(DicomWebErrorKind.StudySubjectMismatch, (await images.ReadAsync(study)).Refusal?.Kind);
        }
        Assert.Equal(DicomWebErrorKind.StudySubjectMismatch, (await images.ReadAsync(key: Images.Key with { Id = "p2" })).Refusal?.Kind);
        Assert.Equal(0, pacs.Upstream.Connections);
    }

    [Theory, Trait("promise", "S-50")]
    [InlineData("00100020", "MRN-8", DicomWebErrorKind.PatientMismatch)]
    [InlineData("00100020", "mrn-7", DicomWebErrorKind.PatientMismatch)]
    [InlineData("00100020", "", DicomWebErrorKind.PatientUnverified)]
    [InlineData("00100021", "ELSEWHERE", DicomWebErrorKind.PatientUnverified)]
    [InlineData("00100021", "", DicomWebErrorKind.PatientUnverified)]
    [InlineData("0020000D", "1.2.3.999", DicomWebErrorKind.StudyMismatch)]
    [InlineData("0020000E", "1.2.3.999", DicomWebErrorKind.StudyMismatch)]
    [InlineData("00080018", "1.2.3.999", DicomWebErrorKind.StudyMismatch)]
    public async Task Image_that_is_not_verifiably_the_patients_has_its_pixels_left_alone(string tag, string value, DicomWebErrorKind kind)
    {
        var image = FakePacs.Image();
        await using var pacs = await FakePacs.StartAsync();
        string metadata = new JsonArray(value.Length == 0 ? image.Without(tag) : image.Set(tag, "LO", value)).ToJsonString();
        pacs.OnMetadata = context => FakePacs.WriteJsonAsync(context, metadata);
        await using var images = Images.From(pacs);
        var read = await images.ReadAsync();
        Assert.Equal(kind, read.One.Outcome.Error?.Kind);
        Assert.Equal([FakePacs.ImagePath + "/metadata"], pacs.Asked);
    }

    [Theory, Trait("promise", "S-49")]
    [InlineData("1.2.3/../../../etc/passwd")]
    [InlineData("../../instances")]
    [InlineData("1.2.3%2F..")]
    [InlineData("1.2..3")]
    [InlineData(".1.2.3")]
    [InlineData("1.2.3.")]
    [InlineData("1.2.3 ")]
    [InlineData("1.2.3?x=y")]
    [InlineData("1.2.3#")]
    [InlineData("١.٢.٣")]
    [InlineData("1.2.3.4567890123456789012345678901234567890123456789012345678901234567890")]
    public async Task Uid_that_is_none_never_reaches_a_URL(string uid)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        Assert.Equal(DicomWebErrorKind.UidInvalid, (await images.ReadAsync(Images.Study(uid))).Why);
        var series = Images.Study(FakePacs.Sop);
        series["series"]![0]!["uid"] = uid;
        Assert.Equal(DicomWebErrorKind.UidInvalid, (await images.ReadAsync(series)).Why);
        var study = Images.Study(FakePacs.Sop);
        study["identifier"]![0]!["value"] = "urn:oid:" + uid;
        Assert.Equal(DicomWebErrorKind.StudyUnusable, (await images.ReadAsync(study)).Why);
        Assert.Equal(0, pacs.Upstream.Connections);
    }

    [Fact, Trait("promise", "S-49")]
    public async Task Uid_of_a_PACS_that_is_none_is_refused()
    {
        await using var pacs = await FakePacs.StartAsync();
        string list = new JsonArray(FakePacs.Image().Set("00080018", "UI", "../../../instances"), FakePacs.Image().Set("0020000E", "UI", new string('1', 10_000))).ToJsonString();
        pacs.OnQuery = context => FakePacs.WriteJsonAsync(context, list);
        await using var images = Images.From(pacs);
        var read = await images.ReadAsync(Images.Study());
        Assert.Equal([DicomWebErrorKind.UidInvalid, DicomWebErrorKind.UidInvalid], read.Plan!.Refusals.Select(r => r.Error.Kind));
        Assert.Single(pacs.Asked);
    }

    [Theory]
    [InlineData("status", "\"entered-in-error\"")]
    [InlineData("resourceType", "\"Patient\"")]
    [InlineData("identifier", "[]")]
    [InlineData("identifier", "[{\"system\":\"urn:dicom:uid\",\"value\":\"urn:oid:1.2.3\"},{\"system\":\"urn:dicom:uid\",\"value\":\"urn:oid:1.2.4\"}]")]
    [InlineData("identifier", "7")]
    public async Task Study_that_cannot_be_used_is_refused(string member, string json)
    {
        await using var pacs = await FakePacs.StartAsync();
        await using var images = Images.From(pacs);
        var study = Images.Study(FakePacs.Sop);
        study[member] = JsonNode.Parse(json);
        Assert.Equal(DicomWebErrorKind.StudyUnusable, (await images.ReadAsync(study)).Refusal?.Kind);
        Assert.Equal(0, pacs.Upstream.Connections);
    }

    [Fact, Trait("promise", "P-15")]
    public async Task Neither_UIDs_nor_patient_numbers_nor_paths_are_logged()
    {
        await using var pacs = await FakePacs.StartAsync(FakePacs.Image(), FakePacs.Image("1.2.3.301").Set("00100020", "LO", "CANARY-MRN"));
        await using var images = Images.From(pacs);
        var patient = Images.Patient();
        patient["name"] = new JsonArray(new JsonObject { ["family"] = "CANARY" });
        var read = await images.ReadAsync(Images.Study(FakePacs.Sop, "1.2.3.301", "1.2.3.999"), patient);
        Assert.Equal(3, read.Images.Count);
        string lines = images.OutboundLines.All + images.SourceLines.All;
        Assert.Contains("SourceFailed", lines, StringComparison.Ordinal);
        Assert.Contains("PatientMismatch", lines, StringComparison.Ordinal);
        foreach (string secret in (string[])["CANARY", "MRN-7", "1.2.3", "/studies", "dicom-web"])
            Assert.DoesNotContain(secret, lines, StringComparison.Ordinal);
    }
}
