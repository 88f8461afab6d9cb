"""Auto scaling and pending maintenance as Application Auto Scaling and RDS describe them, with botocore's names."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.autoscaling import Activity, Scaler, Tracker
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.maintenance import Pending

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def scaling(cloud: Cloud, cluster: str, account: str) -> dict[str, Json]:
    """DescribeScalableTargets, DescribeScalingPolicies and DescribeScalingActivities of a cluster, where it has any."""
    scaler = cloud.autoscaling.get(cluster)
    if scaler is None:
        return {}
    arn = f"arn:aws:autoscaling:{scaler.cluster.region.name}:{account}"
    answer: dict[str, Json] = {
        "ScalableTargets": [],
        "ScalingPolicies": [_policy(cloud, scaler, tracker, arn, account) for tracker in scaler.trackers.values()],
        "ScalingActivities": [_activity(cloud, scaler, number, one) for number, one in _numbered(scaler)],
    }
    if scaler.target is not None:
        answer["ScalableTargets"] = [
            {
                **_dimension(scaler),
                "MinCapacity": scaler.target.min_capacity,
                "MaxCapacity": scaler.target.max_capacity,
                "RoleARN": f"arn:aws:iam::{account}:role/aws-service-role/rds.application-autoscaling.amazonaws.com/"
                "AWSServiceRoleForApplicationAutoScaling_RDSCluster",
                "CreationTime": _time(cloud, scaler.registered_us),
            }
        ]
    return answer


def _dimension(scaler: Scaler) -> dict[str, Json]:
    return {
        "ServiceNamespace": "rds",
        "ResourceId": f"cluster:{scaler.cluster.id}",
        "ScalableDimension": "rds:cluster:ReadReplicaCount",
    }


def _policy(cloud: Cloud, scaler: Scaler, tracker: Tracker, arn: str, account: str) -> dict[str, Json]:
    policy, region = tracker.policy, scaler.cluster.region.name
    return {
        **_dimension(scaler),
        "PolicyARN": f"{arn}:scalingPolicy:{scaler.cluster.id}:policyName/{policy.name}",
        "PolicyName": policy.name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": policy.target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": policy.metric},
            "ScaleOutCooldown": round(policy.scale_out_cooldown_s),
            "ScaleInCooldown": round(policy.scale_in_cooldown_s),
            "DisableScaleIn": not policy.scale_in,
        },
        "Alarms": [
            {"AlarmName": alarm.name, "AlarmARN": f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm.name}"}
            for alarm in tracker.alarms
        ],
        "CreationTime": _time(cloud, tracker.began_us),
    }


def _numbered(scaler: Scaler) -> list[tuple[int, Activity]]:
    """Activities, the newest first, each with its number in order of their beginning."""
    return [(scaler.begun - ago, activity) for ago, activity in enumerate(scaler.activities)]


def _activity(cloud: Cloud, scaler: Scaler, number: int, activity: Activity) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "ActivityId": f"{scaler.cluster.id}-{number}",
        **_dimension(scaler),
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": _time(cloud, activity.began_us),
        "StatusCode": activity.status,
    }
    if activity.ended_us is not None:
        answer["EndTime"] = _time(cloud, activity.ended_us)
        answer["StatusMessage"] = activity.message
    return answer


def maintenance(cloud: Cloud, resource: str, arn: str) -> dict[str, Json]:
    """DescribePendingMaintenanceActions of one resource, where it has any."""
    pending = cloud.maintenance.of(resource)
    if not pending:
        return {}
    details: list[Json] = [_detail(cloud, one) for one in pending]
    return {"PendingMaintenanceActions": [{"ResourceIdentifier": arn, "PendingMaintenanceActionDetails": details}]}


def _detail(cloud: Cloud, pending: Pending) -> dict[str, Json]:
    answer: dict[str, Json] = {"Action": pending.work.action, "Description": pending.work.description}
    if pending.opt_in:
        answer["OptInStatus"] = pending.opt_in
    if pending.due_us is not None:
        answer["CurrentApplyDate"] = _time(cloud, pending.due_us)
    return answer


def _time(cloud: Cloud, at_us: int) -> str:
    return aws_view.moment(cloud, at_us).isoformat().replace("+00:00", "Z")
