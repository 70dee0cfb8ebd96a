# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle timeouts by name: after how many silent seconds NATs, firewalls, balancers and proxies forget a TCP
connection, unless set otherwise.

docs/timeouts.md is made from it by tests/pages/timeouts.py.
"""

import difflib
import re
from typing import NamedTuple, Optional, Tuple

from .errors import KeepaliveError

PAGE = "https://github.com/fleetops/keepalive/blob/main/docs/timeouts.md"
MOST_CLOSE = 9

#: Who says it: the maker's document, source or staff; or somebody else.
PRIMARY, THIRD_PARTY = "primary", "third-party"

#: What becomes of a connection that has been idle for too long: forgotten without a word, forgotten and
#: answered with a reset, closed; not known.
SILENT, RESET, CLOSED, UNKNOWN = "silent", "reset", "closed", "?"


class Middlebox(NamedTuple):
    """What is known of one product."""

    name: str
    product: str
    seconds: int  # the default
    end: str  # SILENT, RESET, CLOSED, UNKNOWN
    source: str  # address, then where in it
    note: str = ""  # for people
    #: (least, most) that an administrator can set, as far as documented; None where fixed or not documented.
    settable: Optional[Tuple[int, int]] = None
    read: str = ""  # date of the source, '' for one that carries none (read in November 2026)
    confidence: str = PRIMARY
    besides: Optional[str] = (
        None  # what ends sessions there in spite of every interval, None for nothing known
    )


# A short name, because each row of the table begins with it.
_box = Middlebox

_AWS = "https://docs.aws.amazon.com/"
_AZURE = "https://github.com/MicrosoftDocs/azure-docs articles/"
_GITHUB = "https://github.com/"
_NSX = (
    "https://docs.vmware.com/en/VMware-NSX/4.1/administration/GUID-F4187E53-AF72-4B6A-8855-9F9D1469FD0C.html"
)

# fmt: off
MIDDLEBOXES = (
    _box('aws_nat_gateway', 'AWS NAT gateway', 350, RESET, _GITHUB + 'awsdocs/amazon-vpc-user-guide nat-gateway-troubleshooting.md',
         'fixed; the reset goes to the inside host when it next sends'),
    _box('aws_nlb', 'AWS Network Load Balancer, TCP listener', 350, RESET, _AWS + 'elasticloadbalancing/latest/network/update-idle-timeout.html',
         'tcp.idle_timeout.seconds; a target on Nitro v6 forgets after 350 s itself', (60, 6000)),
    _box('aws_nlb_tls', 'AWS Network Load Balancer, TLS listener', 350, RESET, _AWS + 'elasticloadbalancing/latest/network/update-idle-timeout.html', 'fixed'),
    _box('aws_classic_elb', 'AWS Classic Load Balancer', 60, CLOSED, _GITHUB + 'openshift/cloud-ingress-operator/pull/83',
         'often raised', read='2020-08', confidence=THIRD_PARTY),
    _box('aws_gateway_load_balancer', 'AWS Gateway Load Balancer', 350, SILENT,
         'https://docs.amazonaws.cn/en_us/elasticloadbalancing/latest/gateway/update-idle-timeout.html', 'fixed until September 2024', (60, 6000)),
    _box('aws_network_firewall', 'AWS Network Firewall', 350, SILENT, _AWS + 'network-firewall/latest/APIReference/API_FlowTimeouts.html',
         'TcpIdleTimeoutSeconds', (60, 6000)),
    _box('aws_security_group', 'AWS security groups, instances before Nitro v6, and P6e-GB200', 432000, SILENT,
         _AWS + 'AWSEC2/latest/APIReference/API_ConnectionTrackingConfiguration.html', 'TcpEstablishedTimeout', (60, 432000)),
    _box('aws_security_group_nitro_v6', 'AWS security groups, Nitro v6 instances', 350, SILENT,
         _AWS + 'de_de/AWSEC2/latest/APIReference/API_ConnectionTrackingConfiguration.html', 'TcpEstablishedTimeout; it was 432000 before', (60, 432000)),
    _box('aws_ssm_session', 'AWS Systems Manager Session Manager', 1200, CLOSED,
         _AWS + 'systems-manager/latest/userguide/session-preferences-timeout.html',
         'only what the client sends counts; that its probes and answers do is deduced', (60, 3600),
         besides='a maximum session duration, where one is set'),
    _box('azure_load_balancer', 'Azure Load Balancer', 240, SILENT, _AZURE + 'load-balancer/load-balancer-tcp-idle-timeout.md',
         'a reset to both ends where TCP reset is switched on', (240, 6000), read='2024-02'),
    _box('azure_nat_gateway', 'Azure NAT Gateway', 240, SILENT, _AZURE + 'nat-gateway/nat-gateway-resource.md',
         'a reset to whoever sends next', (240, 7200), read='2023-07'),
    _box('azure_firewall', 'Azure Firewall, to and from the Internet', 240, RESET, _AZURE + 'firewall/tcp-session-behavior.md',
         'raised by Azure Support only', (240, 900), read='2025-03', besides='scale-in and maintenance, after a drain of 90 s'),
    _box('azure_firewall_internal', 'Azure Firewall, between private networks', 300, SILENT, _AZURE + 'firewall/tcp-session-behavior.md', 'fixed',
         read='2025-03', besides='scale-in and maintenance, after a drain of 90 s'),
    _box('azure_public_ip', 'Azure public IP address of a VM', 240, UNKNOWN, _GITHUB + 'MicrosoftDocs/azure-docs Public IP addresses in Azure',
         'fixed for connections that start at the VM', (240, 1800)),
    _box('gcp_cloud_nat', 'Google Cloud NAT', 1200, SILENT, _GITHUB + 'GoogleCloudPlatform/magic-modules mmv1/products/compute/RouterNat.yaml',
         'tcpEstablishedIdleTimeoutSec can be set', read='2026-08'),
    _box('gcp_vpc', 'Google Cloud VPC firewall', 600, SILENT, 'https://cloud.google.com/compute/docs/troubleshooting',
         'what comes from outside is dropped until the VM sends', read='2025-08'),
    _box('gcp_iap', 'Google Cloud IAP TCP forwarding', 3600, CLOSED, 'https://cloud.google.com/iap/docs/using-tcp-forwarding (quoted)',
         'the leg behind it crosses gcp_vpc, which is shorter', confidence=THIRD_PARTY),
    _box('gcp_proxy_load_balancer', 'Google Cloud proxy Network Load Balancer', 30, CLOSED, _GITHUB + 'shellhub-io/shellhub/issues/5946',
         'timeoutSec; its default is certain, that it means idle TCP is not', (1, 2147483647), read='2026-08', confidence=THIRD_PARTY),
    _box('oci_network_load_balancer', 'Oracle Cloud network load balancer, TCP listener', 360, UNKNOWN,
         'https://docs.cloud.nricloud.jp/en-us/iaas/Content/NetworkLoadBalancer/NetworkLoadBalancers/configure-idle-timeout.htm', 'set by CLI or API only'),
    _box('oci_load_balancer', 'Oracle Cloud load balancer', 300, CLOSED, 'https://docs.oracle.com/en-us/iaas/Content/Balance/Reference/connectionreuse.htm',
         'to the backends; the listener has a timeout of its own'),
    _box('cloudflare_gateway', 'Cloudflare Zero Trust Gateway, TCP', 270, CLOSED, _GITHUB + 'cloudflare/cloudflare-docs/pull/3405', read='2022-02'),
    _box('cloudflare_websocket', 'WebSockets through Cloudflare', 100, RESET, _GITHUB + 'buildbot/buildbot/issues/4078',
         'where SSH rides on a WebSocket', read='2018-05', confidence=THIRD_PARTY),
    _box('linux_conntrack', 'Linux connection tracking', 432000, SILENT, _GITHUB + 'torvalds/linux Documentation/networking/nf_conntrack-sysctl.rst',
         'nf_conntrack_tcp_timeout_established can be set; 300 s while data is unacknowledged'),
    _box('openwrt', 'OpenWrt', 7440, SILENT, _GITHUB + 'openwrt/openwrt package/kernel/linux/files/sysctl-nf-conntrack.conf'),
    _box('linux_ipvs', 'Linux IPVS, also of kube-proxy', 900, UNKNOWN, _GITHUB + 'torvalds/linux net/netfilter/ipvs/ip_vs_proto_tcp.c',
         'ipvsadm --set; silent or a reset, by where the packet lands'),
    _box('docker_swarm', 'Docker Swarm service address', 900, UNKNOWN, _GITHUB + 'docker/docs/issues/5519',
         'silent between hosts, a reset on one host', read='2017-12'),
    _box('kube_proxy', 'kube-proxy, which sets the connection tracking of the node', 86400, SILENT,
         _GITHUB + 'kubernetes/kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go', 'conntrack.tcpEstablishedTimeout'),
    _box('cilium', 'Cilium connection tracking', 8000, UNKNOWN, _GITHUB + 'cilium/cilium flags of the agent',
         'bpf-ct-timeout-regular-tcp; it was 21600 before', confidence=THIRD_PARTY),
    _box('openvswitch_userspace', 'Open vSwitch, userspace datapath', 86400, UNKNOWN, _GITHUB + 'openvswitch/ovs lib/conntrack-tp.c',
         'the kernel datapath is linux_conntrack', read='2026-07'),
    _box('openstack_octavia', 'OpenStack Octavia', 50, CLOSED, _GITHUB + 'openstack/octavia api-ref/source/parameters.yaml',
         'timeout_client_data and timeout_member_data, in ms', read='2026-08'),
    _box('vmware_nsx_gateway', 'VMware NSX gateway firewall', 7200, UNKNOWN, _NSX, settable=(120, 4320000)),
    _box('vmware_nsx_dfw', 'VMware NSX distributed firewall', 43200, UNKNOWN, _NSX, settable=(120, 4320000)),
    _box('nginx_stream', 'nginx stream proxy', 600, CLOSED, _GITHUB + 'nginx/nginx src/stream/ngx_stream_proxy_module.c', 'proxy_timeout', read='2026-08'),
    _box('ingress_nginx_tcp', 'ingress-nginx, TCP services', 600, CLOSED,
         _GITHUB + 'kubernetes/ingress-nginx docs/user-guide/nginx-configuration/configmap.md', 'proxy-stream-timeout', read='2026-03'),
    _box('envoy_tcp_proxy', 'Envoy TCP proxy', 3600, CLOSED,
         _GITHUB + 'envoyproxy/data-plane-api envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto', 'idle_timeout; 0s is off', read='2026-01'),
    _box('istio', 'Istio sidecars and gateways, TCP', 3600, CLOSED, _GITHUB + 'istio/api networking/v1alpha3/destination_rule.proto',
         'connectionPool.tcp.idleTimeout', read='2026-07'),
    _box('openshift_router', 'OpenShift router, passthrough', 30, CLOSED, _GITHUB + 'openshift/router images/router/haproxy/conf/haproxy-config.template',
         '3600 once the connection counts as a tunnel', read='2026-08'),
    _box('openbsd_pf', 'pf, pfSense, OPNsense: optimization normal', 86400, SILENT, _GITHUB + 'openbsd/src sys/net/pfvar.h',
         'less as the state table fills'),
    _box('openbsd_pf_aggressive', 'pf, pfSense, OPNsense: optimization aggressive', 18000, SILENT, _GITHUB + 'openbsd/src sbin/pfctl/pfctl.c'),
    _box('openbsd_pf_conservative', 'pf, pfSense, OPNsense: optimization conservative', 432000, SILENT, _GITHUB + 'openbsd/src sbin/pfctl/pfctl.c'),
    _box('freebsd_ipfw', 'FreeBSD ipfw, keep-state', 300, SILENT, _GITHUB + 'freebsd/freebsd-src sys/netpfil/ipfw/ip_fw_dynamic.c',
         'by default it asks both ends itself in the last 20 s'),
    _box('cisco_asa', 'Cisco ASA', 3600, SILENT, 'https://manualshive.com/ru/manual/cisco/asa-5508-x/63708?page=383', 'timeout conn', (300, 4294800)),
    _box('cisco_ftd', 'Cisco Firepower Threat Defense', 3600, UNKNOWN, 'https://docs.defenseorchestrator.com/cdfmc/t_configure_global_timeouts_fptd.html',
         settable=(300, 4294800)),
    _box('cisco_ios_nat', 'Cisco IOS NAT', 86400, UNKNOWN, 'https://blog.51cto.com/cisco130/1074624 (copy of the command reference)',
         'ip nat translation tcp-timeout', confidence=THIRD_PARTY),
    _box('juniper_srx', 'Juniper SRX', 1800, UNKNOWN,
         'https://www.juniper.net/documentation/en_US/junos12.2/topics/concept/policy-application-timeout-configuration-lookup-understanding.html',
         "an application's inactivity-timeout wins", read='2021-04'),
    _box('palo_alto', 'Palo Alto Networks PAN-OS', 3600, UNKNOWN,
         'https://docs.paloaltonetworks.com/ngfw/networking/session-settings-and-timeouts/configure-session-timeouts/configure-session-timeouts-pan-os',
         "an application's own timeout wins", (1, 15999999)),
    _box('fortinet', 'Fortinet FortiGate', 3600, UNKNOWN,
         'https://community.fortinet.com/t5/FortiGate/Technical-Tip-Default-session-timeout-value-session-ttl/ta-p/194357', 'session-ttl', (300, 2764800)),
    _box('check_point', 'Check Point Security Gateway', 3600, SILENT,
         'https://khairul.org/2023/01/30/check-point-security-gateway-dropping-traffic-with-the-first-packet-isnt-syn-error-message/',
         'per service', read='2023-01', confidence=THIRD_PARTY),
    _box('sonicwall', 'SonicWall', 300, UNKNOWN, 'https://www.tenable.com/audits/items/TNS_Best_Practices_SonicWALL_5.8.audit:51005a68cad21ec23bf33affe3d570fc',
         'SonicOS 5.8', (60, 59940), confidence=THIRD_PARTY),
    _box('forcepoint', 'Forcepoint NGFW', 1800, UNKNOWN,
         'https://help.stonesoft.com/onlinehelp/StoneGate/SMC/6.5.0/GUID-341DC010-2FF3-459A-8DFD-236CF49D63F0.html', 'per rule, too'),
    _box('mikrotik', 'MikroTik RouterOS', 86400, UNKNOWN, 'https://help.mikrotik.com/docs/display/ROS/Connection+tracking', 'tcp-established-timeout'),
    _box('fritzbox', 'AVM Fritz!Box', 900, UNKNOWN, 'http://wilfing.eu/artikel/ssh-keepalive', read='2024-09', confidence=THIRD_PARTY),
    _box('rfc5382_minimum', 'what RFC 5382 asks of every NAT at least', 7440, UNKNOWN, 'https://www.rfc-editor.org/rfc/rfc5382 REQ-5',
         'many keep a connection for less', read='2008-10'),
    _box('cellular_carrier', 'mobile networks, the shortest of 73 measured', 255, RESET,
         'https://studylib.net/doc/10481669/an-untold-story-of-middleboxes-in-cellular-networks (quoted)', '11 of the 73 are below 600',
         read='2011-08', confidence=THIRD_PARTY),
    _box('isp_cgnat_300', 'the carrier-grade NAT of one provider, measured with ssh', 300, SILENT, 'https://cweiske.de/tagebuch/ssh-enviatel.htm',
         read='2024-09', confidence=THIRD_PARTY),
    _box('isp_nat_60', "one provider's NAT, the shortest reported", 60, UNKNOWN, _GITHUB + 'scandum/tintin/pull/101',
         'for networks that nothing is known about', read='2022-05', confidence=THIRD_PARTY),
    _box('vasexperts_stingray_cgnat', 'VAS Experts Stingray, carrier-grade NAT', 600, UNKNOWN,
         'https://wiki.vasexperts.ru/doku.php?id=en%3Adpi%3Aopt_cgnat%3Afaq%3Acgnat_faq_3', 'lifetime_flow_long', read='2023-08'),
)
# fmt: on
_BY_NAME = dict((box.name, box) for box in MIDDLEBOXES)


def named(name):
    """The Middlebox of a name; KeepaliveError with the close ones where there is none."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = ", ".join(_close(name))
    raise KeepaliveError(
        "idle_timeout: %r is neither a time such as 350 or 5m nor a name from %s%s"
        % (name, PAGE, "; close are " + near if near else "")
    )


def _close(name):
    """The known names that share a word with this one or are spelled much like it, the closest first."""
    words = re.findall("[a-z0-9]+", name.lower())
    plain = "_".join(words)
    near = set(difflib.get_close_matches(plain, _BY_NAME, 3, 0.6))
    near.update(known for known in _BY_NAME if set(words) & set(known.split("_")))
    return sorted(near, key=lambda known: (-difflib.SequenceMatcher(None, plain, known).ratio(), known))[
        :MOST_CLOSE
    ]
